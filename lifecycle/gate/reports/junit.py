"""JUnit XML: a test case for each finding, and one for each rule that found nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite

from lifecycle.gate.reports import cleaning, wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.reports import Pages, Report, ReportedFinding

SUITE = "lifecycle"


def render(report: Report, pages: Pages | None) -> str:
    """Give the suite: errors fail, what could not be decided is an error, the rest is output.

    Warnings pass, save where they are asked to fail: CI shows a skipped test as one not looked at.
    """
    suite = TestSuite(cleaning.line(report.title, 500))
    for number, sentence in enumerate(report.summary, 1):
        suite.add_property(f"summary {number}", cleaning.line(sentence))
    for name, count in report.counts.items():
        suite.add_property(cleaning.line(name, 200), str(count))
    suite.add_testcases(list(_cases(report, pages)))
    document = JUnitXml(SUITE)
    document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call] # the library's
    written: bytes = document.tostring()  # type: ignore[no-untyped-call] # the library's
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{written.decode()}\n'


def _cases(report: Report, pages: Pages | None) -> Iterator[TestCase]:
    if not report.decided:
        case = TestCase("decided", SUITE)
        reasons = cleaning.block("\n".join(report.why_undecided))
        result = Error(cleaning.line(reasons), "not-decided")
        result.text = reasons
        case.result = result
        yield case
    names: Counter[str] = Counter()
    for finding in report.gravest_first:
        yield _found(report, finding, names)
    if report.decided:
        yield from _passed(report, pages)


def _passed(report: Report, pages: Pages | None) -> Iterator[TestCase]:
    """Give what was looked for and not found: CI takes a suite without tests for a mistake."""
    found = {each.rule for each in report.findings}
    quiet = [rule for rule in wording.called(pages) if rule not in found]
    for rule in quiet:
        yield TestCase(rule, f"{SUITE}.{rule}")
    if not found and not quiet:
        yield TestCase("verdict", SUITE)


def _found(report: Report, finding: ReportedFinding, names: Counter[str]) -> TestCase:
    rule = cleaning.line(finding.rule, 200)
    subject = f" {cleaning.line(finding.subject, 200)}" if finding.subject else ""
    name = f"{rule}{subject}"
    names[name] += 1
    again = f" ({names[name]})" if names[name] > 1 else ""
    case = TestCase(f"{name}{again}", f"{SUITE}.{rule}")
    details = "\n".join(_details(report, finding))
    if finding.severity == "error" or (report.strict and finding.severity == "warning"):
        result = Failure(cleaning.line(finding.message), rule)
        result.text = details
        case.result = result
    else:
        case.system_out = f"{finding.severity}: {details}"
    return case


def _details(report: Report, finding: ReportedFinding) -> Iterator[str]:
    yield cleaning.block(finding.message)
    if finding.fix:
        yield f"Fix: {cleaning.block(finding.fix)}"
    if where := wording.place(report, finding):
        yield f"At: {cleaning.line(where)}"
    for name, known in finding.evidence.items():
        yield f"{cleaning.line(str(name), 100)}: {cleaning.value(known)}"
