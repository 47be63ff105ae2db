"""For people: the verdict first, then each finding with what, why and the way out."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

from lifecycle.reports import phrases
from lifecycle.reports.harmless_text import harmless, line, value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lifecycle.reports import Page, Pages, Report, ReportedFinding

COLOURS = {
    "pass": "green",
    "warn": "yellow",
    "fail": "red",
    "not decided": "red",
    "error": "red",
    "warning": "yellow",
    "note": "cyan",
}


class _Printer:
    """Wraps lines at a width and paints words, or leaves them plain."""

    def __init__(self, width: int, *, colour: bool) -> None:
        self.width = max(width, 40)
        self.colour = colour

    def paint(self, text: str, word: str) -> str:
        return click.style(text, fg=COLOURS[word], bold=True) if self.colour else text

    def wrap(self, label: str, text: str, indent: str = "  ") -> Iterator[str]:
        """Yield labelled text in lines; none that a CI runner would take for a command."""
        wrapped = textwrap.wrap(
            harmless(f"{label}{line(text)}"),
            self.width,
            initial_indent=indent,
            subsequent_indent=indent + " " * len(label),
            break_on_hyphens=False,
        )
        yield from map(harmless, wrapped)


def render(report: Report, pages: Pages | None, *, width: int, colour: bool) -> str:
    """Return the report as lines no wider than ``width``, save for words that are."""
    printer = _Printer(width, colour=colour)
    pages_by_rule = phrases.called(pages) if report.findings else {}
    return "\n".join(_lines(report, pages_by_rule, printer)) + "\n"


def _lines(report: Report, pages_by_rule: Mapping[str, Page], printer: _Printer) -> Iterator[str]:
    word = report.outcome
    headline = "\n".join(printer.wrap(f"{word.upper()}: ", report.title, ""))
    yield headline.replace(word.upper(), printer.paint(word.upper(), word), 1)
    for reason in report.reasons if not report.decided else ():
        yield from printer.wrap("", reason)
    yield from printer.wrap("", phrases.counts(report))
    explained: set[str] = set()
    for finding in report.gravest_first:
        yield ""
        page = None if finding.rule in explained else pages_by_rule.get(finding.rule)
        explained.add(finding.rule)
        yield from _finding(report, finding, page, printer)
    if report.summary:
        yield ""
    for sentence in report.summary:
        yield from printer.wrap("", sentence, "")


def _finding(
    report: Report, finding: ReportedFinding, page: Page | None, printer: _Printer
) -> Iterator[str]:
    """Yield a finding's lines; why its rule is there is told with the first of a rule."""
    where = phrases.place(report, finding)
    heading = " ".join(
        line(part, 500)
        for part in (finding.rule, f"[{finding.subject}]" if finding.subject else "", where)
        if part
    )
    yield f"{printer.paint(finding.severity, finding.severity)} {harmless(heading)}"
    yield from printer.wrap("", finding.message)
    if page is not None:
        yield from printer.wrap("Why: ", page.why)
    if finding.fix:
        yield from printer.wrap("Fix: ", finding.fix)
    if address := phrases.page_address(report, page):
        yield harmless(f"  {phrases.READ_MORE}{line(address)}")
    for name, fact in finding.evidence.items():
        yield from printer.wrap(f"{line(str(name), 100)}: ", value(fact), "    ")
