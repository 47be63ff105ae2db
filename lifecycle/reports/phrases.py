"""Sentences that several forms share."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from lifecycle.reports import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lifecycle.reports import Page, Pages, Report, ReportedFinding


READ_MORE = "Read more: "


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


def page_addresses(report: Report, pages: Pages | None) -> dict[str, str]:
    """Return the addresses of the pages of the rules that found something, where there are any."""
    if report.site is None or not report.findings:
        return {}
    by_rule = called(pages)
    addresses = {
        finding.rule: page_address(report, by_rule.get(finding.rule)) for finding in report.findings
    }
    return {rule: address for rule, address in addresses.items() if address is not None}


def advised(finding: ReportedFinding, address: str | None = None) -> str:
    """Return what was found, the way out and its rule's page, for forms with one field for all."""
    fix = f"Fix: {finding.fix}" if finding.fix else ""
    more = f"{READ_MORE}{address}" if address else ""
    return "\n".join(part for part in (finding.message, fix, more) if part)
