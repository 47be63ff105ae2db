"""The answer itself, and what the exit code means."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lifecycle.reports import Pages, Report

MEANINGS = ("passed", "a finding fails it", "could not be decided")
# Within strings JSON allows these as they are; a terminal would obey them, UTF-8 has no halves.
OBEYED = re.compile(r"[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
HALF = re.compile(r"[\ud800-\udfff]")


def render(report: Report, pages: Pages | None) -> str:
    """Return the document with the exit code."""
    del pages
    code = report.exit_code
    document = {**report.document, "exit": {"code": code, "means": MEANINGS[code]}}
    text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
    escaped = OBEYED.sub(lambda matched: f"\\u{ord(matched[0]):04x}", text)
    return HALF.sub("\\\\ufffd", escaped) + "\n"
