"""GitHub annotations: one workflow command a line, which the runner shows beside the manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.reports import harmless_text, phrases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lifecycle.reports import Pages, Report, ReportedFinding

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report, pages: Pages | None) -> str:
    """Return the commands, the gravest first: GitHub shows ten of a kind. A pass is a notice."""
    addresses = phrases.page_addresses(report, pages)
    return "".join(f"{command}\n" for command in _commands(report, addresses))


def _commands(report: Report, addresses: Mapping[str, str]) -> Iterator[str]:
    if not report.decided:
        properties = {
            **_file(report),
            "title": harmless_text.line(f"Not decided: {report.title}", 200),
        }
        yield _command("error", properties, "\n".join(report.why_undecided))
    for finding in report.gravest_first:
        yield _annotation(report, finding, addresses.get(finding.rule))
    if report.decided and not report.findings:
        title = harmless_text.line(f"{report.outcome}: {report.title}", 200)
        yield _command("notice", {"title": title}, phrases.counts(report))
    if report.summary:
        title = harmless_text.line(report.title, 200)
        yield _command("notice", {"title": title}, "\n".join(report.summary))


def _annotation(report: Report, finding: ReportedFinding, address: str | None) -> str:
    properties = _file(report)
    if properties and finding.line is not None:
        properties["line"] = str(finding.line)
    subject = f" ({finding.subject})" if finding.subject else ""
    properties["title"] = harmless_text.line(f"{finding.rule}{subject}", 200)
    return _command(COMMANDS[finding.severity], properties, phrases.advised(finding, address))


def _file(report: Report) -> dict[str, str]:
    return {} if report.source is None else {"file": report.source}


def _command(name: str, properties: dict[str, str], message: str) -> str:
    parameters = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {parameters}::{_data(harmless_text.block(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(harmless_text.path(text)).replace(":", "%3A").replace(",", "%2C")
