"""Markdown: a job's summary, or a comment on a merge request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lifecycle.reports import harmless_text, phrases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lifecycle.reports import Page, Pages, Report, ReportedFinding

HEADINGS = {"pass": "Pass", "warn": "Warning", "fail": "Fail", "not decided": "Not decided"}
ROOM = 50_000  # characters for findings: a comment on GitHub ends at 65,536
LIMIT = 1_000
SPECIAL = re.compile(r"([\\`*_{}\[\]#|~$])")
OPENING = re.compile(r"^(\d*)([-+=.)])")  # would open a list, or underline a heading


def render(report: Report, pages: Pages | None) -> str:
    """Return a heading with the verdict, a table, and how each finding is mended."""
    pages_by_rule = phrases.called(pages) if report.findings else {}
    return "\n".join(_lines(report, pages_by_rule)) + "\n"


def escaped(text: str, limit: int = LIMIT) -> str:
    r"""Return text that Markdown takes for nothing else, and that calls nobody by an @.

    >>> escaped("a|b <b>*c*</b> @team")
    'a\\|b &lt;b&gt;\\*c\\*&lt;/b&gt; @<!-- -->team'
    """
    plain = harmless_text.line(text, limit)
    marked = OPENING.sub(r"\1\\\2", SPECIAL.sub(r"\\\1", plain.replace("&", "&amp;")))
    return marked.replace("<", "&lt;").replace(">", "&gt;").replace("@", "@<!-- -->")


def _lines(report: Report, pages_by_rule: Mapping[str, Page]) -> Iterator[str]:
    yield f"## {HEADINGS[report.outcome]}: {escaped(report.title)}"
    yield ""
    for reason in report.reasons if not report.decided else ():
        yield escaped(reason)
        yield ""
    if counts := phrases.counts(report):
        yield escaped(counts)
    shown = list(_shown(report, pages_by_rule))
    if shown:
        yield "\n| Severity | Rule | Concerns | Finding |\n| --- | --- | --- | --- |"
        yield from (row for row, _ in shown)
        yield ""
        yield from (details for _, details in shown)
    if left_out := len(report.findings) - len(shown):
        yield f"\nNot shown here: {left_out} more."
    for sentence in report.summary:
        yield f"\n{escaped(sentence)}"


def _shown(report: Report, pages_by_rule: Mapping[str, Page]) -> Iterator[tuple[str, str]]:
    """Give rows and details, the gravest first, as long as there is room."""
    room = ROOM
    for finding in report.gravest_first:
        row = _row(finding)
        details = "\n".join(_details(report, finding, pages_by_rule.get(finding.rule)))
        room -= len(row) + len(details)
        if room < 0:
            return
        yield row, details


def _row(finding: ReportedFinding) -> str:
    cells = (finding.severity, finding.rule, finding.subject or "", finding.message)
    return f"| {' | '.join(escaped(cell) for cell in cells)} |"


def _details(report: Report, finding: ReportedFinding, page: Page | None) -> Iterator[str]:
    subject = f" {escaped(finding.subject)}" if finding.subject else ""
    where = f" in {escaped(place)}" if (place := phrases.place(report, finding)) else ""
    name = f"**{escaped(finding.rule) or '?'}**"
    address = phrases.page_address(report, page)
    yield f"- {name if address is None else f'[{name}](<{address}>)'}{subject}{where}"
    if page is not None:
        yield f"  - Why: {escaped(page.why)}"
    if finding.fix:
        yield f"  - Fix: {escaped(finding.fix)}"
    for name, fact in finding.evidence.items():
        yield f"  - {escaped(str(name), 100)}: {escaped(harmless_text.value(fact))}"
