"""How HTML is templates from templates: whatever a name holds stays text."""

from __future__ import annotations

import base64
import hashlib

from jinja2 import Environment, PackageLoader, StrictUndefined

from lifecycle.documents.link_addresses import outside_address
from lifecycle.documents.markdown_texts import render_markdown, render_markdown_line
from lifecycle.policy.tier_labels import name_tiers, tier_label


def environment(package: str) -> Environment:
    """Return the renderer of a package's templates; an undefined name is an error.

    Templates have ``outside_address``, for links that people wrote, ``markdown`` and
    ``markdown_line``, for texts that are written in that, ``tier_label`` and ``name_tiers``.
    """
    templates = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals.update(
        outside_address=outside_address,
        markdown=render_markdown,
        markdown_line=render_markdown_line,
        tier_label=tier_label,
        name_tiers=name_tiers,
    )
    return templates


def content_policy(style: str) -> str:
    """Return the Content-Security-Policy of a page that loads nothing and has one inline sheet."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
