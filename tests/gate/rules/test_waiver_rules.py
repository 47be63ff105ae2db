"""Waivers: said where one is used, and refused where it has expired."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from lifecycle.gate.rules import waiver_expired, waiver_used
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding
from testkit.rule_examples import failing_scene, passing_scene
from testkit.rule_scenes import TODAY, announced, asked, feature, line_end, waived

WAIVED = Finding(
    "removal-unannounced",
    "legacy-connector is removed, and nobody announced it.",
    "Keep legacy-connector in this release.",
    subject="legacy-connector",
    evidence={"running": {"pro": 1}},
    path=("removes", 0),
)
PROOF = {
    "waiver": "7c1e-waiver",
    "person": "Ana Ruiz",
    "reason": "third_party",
    "explanation": "a court order takes it off the market",
    "until": "2026-12-31",
}


def announced_under(waiver, uid="0d5f8a4e-deprecation"):
    days = dict.fromkeys(("pro", "enterprise"), TODAY)
    made = announced(date(2026, 11, 1), days=days, waiver=waiver)
    return msgspec.structs.replace(made, uid=uid)


def test_an_announcement_that_stands_under_a_waiver_is_noted_with_who_and_why():
    waiver = waived(reason="third_party")
    change = feature(announced=announced_under(waiver), path=("removes", 0))

    (finding,) = waiver_used.check(asked(removals=(change,)))

    assert finding.message == (
        "legacy-connector: announced on 2026-11-01 for 2026-12-01, which Ana Ruiz decided"
        " (third party: a court order takes it off the market)."
    )
    assert finding.fix == "Nothing needs to change: the announcement stands."
    assert (finding.rule, finding.subject) == ("waiver-used", "legacy-connector")
    assert finding.path == ("removes", 0)
    assert finding.evidence == PROOF | {
        "deprecation": "0d5f8a4e-deprecation",
        "kind": "removal",
        "announced_on": "2026-11-01",
        "effective_on": {"pro": "2026-12-01", "enterprise": "2026-12-01"},
        "from_version": None,
    }
    assert waiver_used.SEVERITY is Severity.NOTE


def test_one_announcement_of_several_changes_is_noted_once():
    both = announced_under(waived())
    alone = announced_under(waived(), "another")
    unwaived = announced_under(None, "third")
    scene = asked(
        removals=(
            feature("c", announced=unwaived),
            feature("a", announced=both),
            feature("b", announced=alone),
        ),
        ends=(line_end(announced=both),),
    )

    found = list(waiver_used.check(scene))

    assert [each.message.partition(":")[0] for each in found] == ["a, 3.34", "b"]


def test_the_note_in_place_of_a_finding_keeps_it_and_says_who_waived_it_until_when():
    waiver = waived("removal-unannounced", "legacy-connector", reason="third_party")

    note = waiver_used.found(waiver, WAIVED)

    assert note == Finding(
        "waiver-used",
        "removal-unannounced on legacy-connector is waived until 2026-12-31, which Ana Ruiz"
        " decided (third party: a court order takes it off the market). What it waives:"
        " legacy-connector is removed, and nobody announced it.",
        "Nothing needs to change until 2026-12-31; after that day: Keep legacy-connector in this"
        " release.",
        subject="legacy-connector",
        evidence=PROOF
        | {
            "waived": {
                "rule": "removal-unannounced",
                "message": WAIVED.message,
                "evidence": {"running": {"pro": 1}},
            }
        },
        path=("removes", 0),
    )


@pytest.mark.parametrize("example", [failing_scene, passing_scene])
def test_a_waiver_expires_beside_a_finding_never_by_itself(example):
    assert list(waiver_expired.check(example(waiver_expired))) == []


def test_an_expired_waiver_says_whose_it_was_and_who_may_grant_another():
    waiver = waived("removal-unannounced", "legacy-connector", reason="third_party")

    error = waiver_expired.found(waiver, WAIVED)

    assert error == Finding(
        "waiver-expired",
        "The waiver of removal-unannounced on legacy-connector, which Ana Ruiz decided (third"
        " party: a court order takes it off the market), expired on 2026-12-31.",
        "Fix what it was for, or ask a person with the scope publish for a new waiver.",
        subject="legacy-connector",
        evidence=PROOF | {"rule": "removal-unannounced"},
        path=("removes", 0),
    )
    assert waiver_expired.SEVERITY is Severity.ERROR
