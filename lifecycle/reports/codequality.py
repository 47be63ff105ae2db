"""GitLab's code quality: a list of issues, shown in the merge request beside the manifest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lifecycle.reports import harmless_text, phrases
from lifecycle.reports.fingerprints import digest, fingerprinted

if TYPE_CHECKING:
    from lifecycle.reports import Pages, Report

SEVERITIES = {"error": "critical", "warning": "minor", "note": "info"}
NOWHERE = "lifecycle"  # GitLab ignores issues without a path


def render(report: Report, pages: Pages | None) -> str:
    """Return the issues; what could not be decided is a blocker."""
    addresses = phrases.page_addresses(report, pages)
    issues = [
        _issue(
            report,
            finding.rule,
            phrases.advised(finding, addresses.get(finding.rule)),
            SEVERITIES[finding.severity],
            mark,
            finding.line,
        )
        for finding, mark in fingerprinted(report)
    ]
    if reasons := " ".join(report.why_undecided):
        mark = digest(f"{report.source} not-decided")
        issues.insert(0, _issue(report, "not-decided", reasons, "blocker", mark, None))
    return json.dumps(issues, indent=2) + "\n"


def _issue(
    report: Report, name: str, text: str, severity: str, mark: str, at: int | None
) -> dict[str, Any]:
    return {
        "description": harmless_text.line(text),
        "check_name": harmless_text.line(name, 200),
        "fingerprint": mark,
        "severity": severity,
        "location": {
            "path": harmless_text.path(report.source or "") or NOWHERE,
            "lines": {"begin": max(at or 1, 1)},
        },
    }
