"""Mails shown as their readers see them: in frames that run nothing, lead nowhere and load nothing.

A frame is held to the policy of the page that it stands on. A mail brings its styles along, and
mails have few: those of the template are let in one by one, by their hashes, and no others are.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html import unescape
from typing import Final

from lifecycle.deprecations.notices.letter_forms import as_html
from lifecycle.deprecations.notices.letters import Letter, Passage
from lifecycle.web.rendered_pages import CONTENT_POLICY

_STYLES: Final = re.compile(r'style="([^"]*)"|<style>(.*?)</style>', re.DOTALL)
_WHOLE: Final = Letter(
    subject="-",
    label="-",
    title="-",
    paragraphs=("-",),
    facts=(Passage("-", "-"),),
    instances=("-",),
    not_shown=1,
    sections=(Passage("-", "-"), Passage("-", "-", is_markdown=True)),
    links=(("-", "https://lifecycle.example"),),
    button=("-", "https://lifecycle.example"),
    button_note="-",
    small=("-",),
    unsubscribe_url="https://lifecycle.example",
)
"""A letter that has every part that letters can have, and so every style."""


@cache
def framing_headers() -> dict[str, str]:
    """Return the headers of a page that may show mails: the usual policy, with their styles."""
    styles = {unescape(attribute or sheet) for attribute, sheet in _STYLES.findall(as_html(_WHOLE))}
    sources = " ".join(f"'sha256-{_digest(style)}'" for style in sorted(styles))
    usual = "style-src 'self'"
    policy = CONTENT_POLICY.replace(usual, f"{usual} 'unsafe-hashes' {sources}")
    return {"content-security-policy": policy}


def _digest(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
