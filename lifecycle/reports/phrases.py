"""Sentences that several forms share."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from lifecycle.reports import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lifecycle.reports import Page, Pages, Report, ReportedFinding


def counts(report: Report) -> str:
    """Say how many findings there are of each severity; nothing where none decided anything."""
    by_level = [
        (level, sum(finding.severity == level for finding in report.findings)) for level in LEVELS
    ]
    phrases = [f"{n} {level}{'' if n == 1 else 's'}" for level, n in by_level if n]
    if phrases:
        return f"{', '.join(phrases)}."
    return "Nothing found." if report.decided else ""


def place(report: Report, finding: ReportedFinding) -> str:
    """Say where a finding is: the source and its line, empty without a source."""
    if report.source is None:
        return ""
    return report.source if finding.line is None else f"{report.source}:{finding.line}"


def called(pages: Pages | None) -> Mapping[str, Page]:
    """Return the rules' pages, where there are any."""
    return {} if pages is None else pages()


def page_address(report: Report, page: Page | None) -> str | None:
    """Return the address of a rule's page, where a service shows it."""
    if page is None or report.site is None:
        return None
    return f"{report.site}/rules/{quote(page.id, safe='')}"


def advised(finding: ReportedFinding) -> str:
    """Return what was found and the way out, for forms that have one field for both."""
    return f"{finding.message}\nFix: {finding.fix}" if finding.fix else finding.message
