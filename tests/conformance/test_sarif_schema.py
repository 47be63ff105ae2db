"""What the gate writes as SARIF is what the standard's own schema allows."""

import json
from types import SimpleNamespace

import jsonschema_rs
import pytest

from lifecycle.reports import Report, ReportedFinding
from lifecycle.reports.answered_reports import undecided_report
from lifecycle.reports.forms import render

FINDINGS = tuple(
    ReportedFinding(
        f"rule-{severity}",
        severity,
        "Something is <b>wrong</b> | here\nand there \x1b[31m]]>",
        fix="Mend it.",
        subject="legacy-connector",
        evidence={"running": {"enterprise": 3}, "announced": None},
        path=("removes", 0),
        line=line,
    )
    for severity, line in (("error", 4), ("warning", None), ("note", 0))
)
PAGE = SimpleNamespace(id="rule-error", what="What.", why="Why.", fix="Fix.")


@pytest.fixture(scope="module")
def schema(standards):
    text = (standards / "sarif" / "sarif-schema-2.1.0.json").read_text()
    return jsonschema_rs.validator_for(json.loads(text), validate_formats=True)


@pytest.mark.parametrize(
    "report",
    [
        Report(title="clairdash 3.40.0", verdict="pass"),
        Report(title="t", verdict="fail", findings=FINDINGS, source="a b/release.yaml"),
        Report(title="t", verdict="fail", findings=FINDINGS, summary=("Kept as 42.",)),
        Report(title="t", verdict="fail", decided=False, findings=FINDINGS, source="r.yaml"),
        undecided_report("release.yaml", "The service does not answer.", source="release.yaml"),
    ],
)
@pytest.mark.parametrize("pages", [None, lambda: {"rule-error": PAGE}])
def test_sarif_is_valid_by_the_official_schema(schema, report, pages):
    log = json.loads(render(report, "sarif", pages=pages))

    assert [
        f"{iter_error.instance_path}: {iter_error.message}"
        for iter_error in schema.iter_errors(log)
    ] == []
