"""SARIF 2.1.0: findings at the manifest's lines, with the rules' pages as help."""

from __future__ import annotations

import json
from importlib import metadata
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lifecycle.reports import harmless_text, phrases
from lifecycle.reports.fingerprints import fingerprinted

if TYPE_CHECKING:
    from lifecycle.reports import Page, Pages, Report, ReportedFinding

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def render(report: Report, pages: Pages | None) -> str:
    """Return the log of one run; what could not be decided is a run that did not succeed."""
    pages_by_rule = phrases.called(pages)
    # Each rule is described, those without a page by what their findings say.
    ids = list(dict.fromkeys([*pages_by_rule, *(finding.rule for finding in report.findings)]))
    index = {rule: place for place, rule in enumerate(ids)}
    driver = {
        "name": "lifecycle",
        "semanticVersion": metadata.version("lifecycle-tracker"),
        "rules": [_rule(report, rule, pages_by_rule.get(rule)) for rule in ids],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [
            _result(report, finding, mark, index[finding.rule])
            for finding, mark in fingerprinted(report)
        ],
        "properties": {
            "verdict": report.verdict,
            "summary": [harmless_text.line(finding) for finding in report.summary],
            "counts": {
                harmless_text.line(name, 200): count for name, count in report.counts.items()
            },
        },
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(report: Report, rule: str, page: Page | None) -> dict[str, Any]:
    name = harmless_text.line(rule, 200)
    if page is None:
        return {"id": name, "shortDescription": _text(name)}
    fault, why, fix = (harmless_text.line(text) for text in (page.what, page.why, page.fix))
    address = phrases.page_address(report, page)
    return {
        "id": name,
        **({} if address is None else {"helpUri": address}),
        "shortDescription": _text(fault),
        "fullDescription": _text(f"{fault} {why}"),
        "help": {
            "text": f"{fault}\n\nWhy: {why}\n\nFix: {fix}",
            "markdown": f"{fault}\n\n**Why:** {why}\n\n**Fix:** {fix}",
        },
    }


def _result(report: Report, finding: ReportedFinding, mark: str, rule: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": harmless_text.line(finding.rule, 200),
        "ruleIndex": rule,
        "level": finding.severity,
        "message": _text(harmless_text.block(phrases.advised(finding))),
        # GitHub reads the first name alone.
        "partialFingerprints": {
            "primaryLocationLineHash": f"{mark}:1",
            "lifecycleFinding/v1": mark,
        },
        "properties": {
            "subject": harmless_text.line(finding.subject or ""),
            "evidence": {
                harmless_text.line(str(name), 100): harmless_text.value(fact)
                for name, fact in finding.evidence.items()
            },
        },
    }
    if report.source is not None:
        result["locations"] = [_location(report.source, finding.line)]
    return result


def _location(source: str, line: int | None) -> dict[str, Any]:
    region = {} if line is None or line < 1 else {"region": {"startLine": line}}
    artifact = {"uri": quote(harmless_text.path(source))}
    return {"physicalLocation": {"artifactLocation": artifact, **region}}


def _invocation(report: Report) -> dict[str, Any]:
    notifications = [
        {"level": "error", "message": _text(harmless_text.block(reason))}
        for reason in report.why_undecided
    ]
    return {
        "executionSuccessful": report.decided,
        "exitCode": report.exit_code,
        "toolExecutionNotifications": notifications,
    }


def _text(text: str) -> dict[str, str]:
    return {"text": text}
