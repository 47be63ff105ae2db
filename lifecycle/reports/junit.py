"""JUnit XML: a test case for each finding, and for each rule or thing without any."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite

from lifecycle.reports import harmless_text, phrases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.reports import Pages, Report, ReportedFinding

SUITE = "lifecycle"


def render(report: Report, pages: Pages | None) -> str:
    """Return the suite: errors fail, what could not be decided is an error, the rest is output.

    Warnings pass, save where they are asked to fail: CI shows a skipped test as one not looked at.
    """
    suite = TestSuite(harmless_text.line(report.title, 500))
    for number, sentence in enumerate(report.summary, 1):
        suite.add_property(f"summary {number}", harmless_text.line(sentence))
    for name, count in report.counts.items():
        suite.add_property(harmless_text.line(name, 200), str(count))
    suite.add_testcases(list(_cases(report, pages)))
    document = JUnitXml(SUITE)
    document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call] # the library's
    written: bytes = document.tostring()  # type: ignore[no-untyped-call] # the library's
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{written.decode()}\n'


def _cases(report: Report, pages: Pages | None) -> Iterator[TestCase]:
    if not report.decided:
        case = TestCase("decided", SUITE)
        reasons = harmless_text.block("\n".join(report.why_undecided))
        result = Error(harmless_text.line(reasons), "not-decided")
        result.text = reasons
        case.result = result
        yield case
    names: Counter[str] = Counter()
    addresses = phrases.page_addresses(report, pages)
    for finding in report.gravest_first:
        yield _found(report, finding, names, addresses.get(finding.rule))
    for name in report.passed:
        yield TestCase(harmless_text.line(name, 400), SUITE)
    if report.decided:
        yield from _passed(report, pages)


def _passed(report: Report, pages: Pages | None) -> Iterator[TestCase]:
    """Yield what was looked for and not found: CI takes a suite without tests for a mistake."""
    failed_rules = {finding.rule for finding in report.findings}
    quiet = [rule for rule in phrases.called(pages) if rule not in failed_rules]
    for rule in quiet:
        yield TestCase(rule, f"{SUITE}.{rule}")
    if not failed_rules and not quiet and not report.passed:
        yield TestCase("verdict", SUITE)


def _found(
    report: Report, finding: ReportedFinding, names: Counter[str], address: str | None
) -> TestCase:
    rule = harmless_text.line(finding.rule, 200)
    subject = f" {harmless_text.line(finding.subject, 200)}" if finding.subject else ""
    name = f"{rule}{subject}"
    names[name] += 1
    again = f" ({names[name]})" if names[name] > 1 else ""
    case = TestCase(f"{name}{again}", f"{SUITE}.{rule}")
    details = "\n".join(_details(report, finding, address))
    if finding.severity == "error" or (report.strict and finding.severity == "warning"):
        result = Failure(harmless_text.line(finding.message), rule)
        result.text = details
        case.result = result
    else:
        case.system_out = f"{finding.severity}: {details}"
    return case


def _details(report: Report, finding: ReportedFinding, address: str | None) -> Iterator[str]:
    yield harmless_text.block(finding.message)
    if finding.fix:
        yield f"Fix: {harmless_text.block(finding.fix)}"
    if address:
        yield f"{phrases.READ_MORE}{harmless_text.line(address)}"
    if where := phrases.place(report, finding):
        yield f"At: {harmless_text.line(where)}"
    for name, fact in finding.evidence.items():
        yield f"{harmless_text.line(str(name), 100)}: {harmless_text.value(fact)}"
