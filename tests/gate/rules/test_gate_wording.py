from __future__ import annotations

from lifecycle.gate.rules.sentences import (
    announcement_evidence,
    by_announcing,
    counted,
    earliest_release,
    owed_evidence,
    owing,
    sentence,
)
from lifecycle.policy.lead_times import Earliest, Owed
from testkit.rule_scenes import TODAY, announced, owed_from, waived

EXEMPT = Owed("community", None, Earliest(TODAY), "clairdash-support 1")


def test_what_is_owed_leaves_out_who_is_exempt():
    owed = (EXEMPT, *owed_from(TODAY))

    assert owing(owed) == "pro requires 90 days, enterprise 180 days."
    assert owing([EXEMPT]) == "No notice is required."
    assert earliest_release(owed).isoformat() == "2027-05-30"
    assert earliest_release([EXEMPT]) is None


def test_every_rule_on_releases_is_told_once():
    owed = [
        Owed(tier, "…", Earliest(TODAY, rule), "")
        for tier, rule in (("a", "2 releases"), ("b", "2 releases"), ("c", "3 minor releases"))
    ]

    assert by_announcing(owed, TODAY) == (
        "announce it by 2026-12-01 to release on 2026-12-01, after 2 more releases and 3 more minor"
        " releases"
    )


def test_accounts_are_counted_by_tier():
    assert counted({}) == "0 accounts"
    assert counted({"pro": 0}) == "0 accounts"
    assert counted({"pro": 1}) == "1 account (pro: 1)"
    assert counted({"pro": 1, "team": 0, "enterprise": 2}) == "3 accounts (pro: 1, enterprise: 2)"


def test_a_sentence_begins_with_a_capital_and_keeps_the_rest():
    assert sentence("release On time") == "Release On time."


def test_an_announcement_is_proven_by_its_days():
    told = announced(TODAY, waiver=waived(), from_version="4.0.0")

    assert announcement_evidence(told) == {
        "deprecation": told.uid,
        "kind": "removal",
        "announced_on": "2026-12-01",
        "effective_on": {"pro": "2027-03-01", "enterprise": "2027-05-30"},
        "from_version": "4.0.0",
        "waiver": told.waiver.uid,
    }
    assert announcement_evidence(announced(TODAY))["waiver"] is None
    assert announcement_evidence(None) == {"deprecation": None}


def test_what_is_owed_is_proven_by_its_policy():
    owed = Owed("pro", "3 minor releases", Earliest(TODAY, "3 minor releases"), "clairdash 1")

    assert owed_evidence([owed, EXEMPT]) == [
        {
            "tier": "pro",
            "period": "3 minor releases",
            "earliest": "2026-12-01",
            "policy": "clairdash 1",
            "rule": "3 minor releases",
        },
        {
            "tier": "community",
            "period": None,
            "earliest": "2026-12-01",
            "policy": "clairdash-support 1",
        },
    ]
