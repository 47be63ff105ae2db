"""What the program oasdiff found is what a manifest says."""

from __future__ import annotations

import json

import pytest

from lifecycle.gate.derivation import Derived, NotDerived, oasdiff


def change(rule, level, operation="GET", path="/users/{id}", **more):
    said = {"id": rule, "text": f"{rule} happened", "level": level, "section": "paths"}
    return said | {"operation": operation, "path": path} | more


@pytest.fixture
def derive(tmp_path):
    def derive(written):
        file = tmp_path / "changes.json"
        file.write_text(written if isinstance(written, str) else json.dumps(written))
        return oasdiff.derive(file)

    return derive


def test_an_error_is_a_break_a_warning_a_note_and_the_rest_nothing(derive):
    derived = derive(
        [
            change("response-property-type-changed", 3),
            change("request-parameter-removed", 2, path="/teams"),
            change("endpoint-added", 1, path="/new"),
        ]
    )

    broken, warned = derived.notes
    assert derived == Derived(breaks=("get.users._",), notes=(broken, warned))
    assert broken == (
        "GET /users/{id} (get.users._) breaks its callers: response-property-type-changed happened."
    )
    assert warned == "GET /teams (get.teams) may surprise: request-parameter-removed happened."


@pytest.mark.parametrize(
    ("rule", "level"),
    [
        ("api-removed-without-deprecation", 3),
        ("api-removed-before-sunset", 3),
        ("api-removed-with-deprecation", 1),
        ("api-path-removed-without-deprecation", 3),
        ("api-path-removed-before-sunset", 3),
        ("api-path-removed-with-deprecation", 1),
    ],
)
def test_an_operation_that_is_gone_is_removed_whatever_its_level(derive, rule, level):
    derived = derive([change(rule, level), change("endpoint-deprecated", 1), change("other", 3)])

    assert (derived.removes, derived.breaks, derived.stages) == (("get.users._",), (), {})


@pytest.mark.parametrize("rule", ["endpoint-deprecated", "endpoint-deprecated-with-sunset"])
def test_a_deprecated_operation_is_moved_to_that_stage(derive, rule):
    assert derive([change(rule, 1)]).stages == {"get.users._": "deprecated"}


@pytest.mark.parametrize("level", [1, 2])
def test_what_oasdiff_calls_inexact_is_not_compared(derive, level):
    derived = derive([change("request-property-pattern-changed", level, disclaimers=["pattern"])])

    assert (derived.breaks, derived.uncompared) == ((), ("get.users._",))
    assert "is not compared" in derived.notes[0]


def test_an_error_that_names_no_operation_is_not_compared(derive):
    derived = derive([{"id": "api-security-removed", "level": 3, "section": "security"}])

    assert derived.uncompared == ("api-security-removed",)
    assert derived.notes == (
        "The whole description (api-security-removed) is not compared: api-security-removed.",
    )


def test_what_is_known_to_break_is_not_named_as_uncompared_too(derive):
    derived = derive([change("a", 3), change("b", 2, disclaimers=["x"])])

    assert (derived.breaks, derived.uncompared) == (("get.users._",), ())


def test_changes_may_be_wrapped_in_an_object(derive):
    assert derive({"changes": [change("a", 3)]}).breaks == ("get.users._",)


def test_no_change_is_nothing_to_say(derive):
    assert derive([]) == Derived()


@pytest.mark.parametrize(
    "written",
    ["", "null", "{}", '{"paths": {}}', "[1]", "[{}]", '[{"id": "a"}]', '{"changes": 1}', "<html>",
     [change("a", 0)], [change("a", 4)], [change("a", "error")], [change("a", 3, operation="")],
     "[" * 100_000],
)  # fmt: skip
def test_what_oasdiff_did_not_write_is_refused(derive, written):
    with pytest.raises(NotDerived, match=r"changes\.json"):
        derive(written)
