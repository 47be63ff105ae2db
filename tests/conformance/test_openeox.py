"""OpenEoX' own cases, judged as its suite judges them."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from lifecycle.interchange.openeox import CORE_SCHEMA, judge_core


@pytest.fixture(scope="module")
def suite(standards):
    """Give each case: the test that it is of, whether it is to fail there, and its document."""
    folder = standards / "openeox/testcases"
    listed = json.loads((folder / "testcases.json").read_text())["tests"]
    return [
        (
            test["id"],
            kind == "failures",
            case["valid"],
            json.loads((folder / case["name"]).read_text()),
        )
        for test in listed
        for kind in ("failures", "valid")
        for case in test[kind]
        for name in [case["name"]]
    ]


@pytest.fixture(scope="module")
def schema(standards):
    found = json.loads((standards / "openeox/eox-core.json").read_text())
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"  # its own only adds formats
    return jsonschema_rs.validator_for(found, validate_formats=True)


def test_every_case_is_judged_as_its_suite_does(suite):
    assert len(suite) == 41
    for test, fails, is_valid, document in suite:
        findings = judge_core(document)
        assert (test in {finding.test for finding in findings}) == fails, (test, document)
        assert (not any(finding.is_error for finding in findings)) == is_valid, (test, document)


def test_what_is_judged_valid_has_the_form_of_the_schema(suite, schema):
    assert schema.is_valid(suite[3][3])
    for _, _, is_valid, document in suite:
        assert schema.is_valid(document) or not is_valid, document


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"end_of_life": None}, "end_of_life is missing"),
        ({"last_updated": "tba"}, "last_updated is not a timestamp such as 2026-01-31T23:59:59Z"),
        ({"end_of_life": "2026-02-30T00:00:00Z"}, "end_of_life is not a timestamp"),
        ({"$schema": "https://example.com"}, f"$schema is not {CORE_SCHEMA}"),
        ({"end_of_support": "tba"}, "end_of_support is not known"),
    ],
)
def test_what_the_schema_forbids_is_found_and_named(change, message, schema):
    document = {
        "$schema": CORE_SCHEMA,
        "end_of_life": "tba",
        "end_of_security_support": "tba",
        "last_updated": "2026-01-01T00:00:00Z",
    }
    assert judge_core(document) == []
    changed = {name: value for name, value in (document | change).items() if value is not None}

    (finding,) = judge_core(changed)
    assert finding.message.startswith(message)
    assert finding.is_error
    assert not schema.is_valid(changed)
