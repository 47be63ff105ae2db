"""Accounts: told, told in time, and still running what goes."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.gate.rules import accounts_not_told, accounts_still_running, accounts_told_late
from lifecycle.gate.rules.carried_out import carried_out
from lifecycle.gate.scenes import Audience, Drop, StageMove
from lifecycle.policy.lead_times import Earliest, Owed
from lifecycle.policy.policies import Severity
from lifecycle.policy.stages import MATURITY, PRE_GA, Stage
from testkit.rule_scenes import (
    POLICY,
    TODAY,
    announced,
    asked,
    exempt,
    feature,
    line_end,
    owed_from,
)

ON = date(2026, 6, 1)
PROOF = {
    "deprecation": "0d5f8a4e-deprecation",
    "kind": "removal",
    "announced_on": "2026-06-01",
    "effective_on": {"pro": "2026-08-30", "enterprise": "2026-11-28"},
    "from_version": None,
    "waiver": None,
}
EXEMPT = Owed("enterprise", None, Earliest(TODAY), "clairdash-support 1")


def told(uid="0d5f8a4e-deprecation", **audience):
    return msgspec.structs.replace(announced(ON), uid=uid, audience=Audience(**audience))


def drop(line="3.34", tier="enterprise", **parts):
    given = {"owed": owed_from(TODAY, **{tier: 90})[0], "accounts": 1} | parts
    return Drop(line, tier, covered=False, **given)


def moved(before, to, *ever, broken=None):
    return StageMove("board", to, ("stages", "board"), before, frozenset(ever), broken)


def resting(**parts):
    """Give the features and lines of each announcement that a release carries out."""
    return [each.subjects for each in carried_out(asked(**parts))]


@pytest.mark.parametrize(
    "parts",
    [
        {"removals": (feature("a", announced=told()),)},
        {"breaks": (feature("a", announced=told()),)},
        {"ends": (line_end("a", announced=told()),)},
        {"drops": (drop("a", announced=told()),)},
    ],
)
def test_an_announcement_is_carried_out_by_whatever_change_rests_on_it(parts):
    assert resting(**parts) == [("a",)]


@pytest.mark.parametrize(
    "parts",
    [
        {"removals": (exempt("a", announced=told()),)},
        {"removals": (feature("a", announced=told(), gone=True),)},
        {"removals": (feature("a"),)},
        {"breaks": (exempt("a", announced=told()),)},
        {"ends": (line_end("a", announced=told(), owed=EXEMPT),)},
        {"ends": (line_end("a", announced=told(), owed=None),)},
        {"ends": (line_end("a"),)},
        {"drops": (drop("a", announced=told(), owed=EXEMPT),)},
        {"drops": (drop("a", announced=told(), owed=None),)},
        {"drops": (drop("a"),)},
    ],
)
def test_what_is_exempt_gone_or_unannounced_rests_on_no_announcement(parts):
    assert resting(**parts) == []


@pytest.mark.parametrize(
    ("before", "to", "ever", "rests"),
    [
        (Stage.GA, Stage.BETA, (), True),
        (Stage.GA, Stage.PREVIEW, (Stage.GA, Stage.DEPRECATED), True),
        (Stage.BETA, Stage.ALPHA, (Stage.BETA,), False),
        (Stage.BETA, Stage.ALPHA, (Stage.GA,), False),
        (Stage.DEPRECATED, Stage.BETA, (Stage.GA,), False),
        (Stage.GA, Stage.GA, (), False),
        (Stage.BETA, Stage.GA, (Stage.GA,), False),
        (None, Stage.BETA, (Stage.GA,), False),
        (Stage.GA, Stage.DEPRECATED, (), False),
    ],
)
def test_a_stage_rests_on_an_announced_break_where_it_takes_back_what_is_owed_notice(
    before, to, ever, rests
):
    move = moved(before, to, *ever, broken=told())

    assert resting(stages=(move,)) == ([("board",)] if rests else [])


def test_without_exempt_stages_every_lower_stage_is_owed_notice():
    strict = msgspec.structs.replace(POLICY, exempt_stages=frozenset())
    move = moved(Stage.BETA, Stage.ALPHA, broken=told())

    assert resting(stages=(move,), policy=strict) == [("board",)]
    assert resting(stages=(move,), policy=None) == [("board",)]


@given(st.sampled_from(MATURITY), st.sampled_from(MATURITY))
def test_a_stage_rests_on_an_announcement_exactly_where_it_sinks_from_what_is_owed(before, to):
    move = moved(before, to, broken=told())

    rests = bool(resting(stages=(move,)))

    sinks = MATURITY.index(to) < MATURITY.index(before)
    assert rests == (sinks and before not in PRE_GA)


def test_what_nobody_announced_hides_nothing_that_rests_on_an_announcement():
    assert resting(removals=(feature("a"), feature("b", announced=told()))) == [("b",)]


def test_each_announcement_is_carried_out_once_with_all_its_changes_and_its_first_place():
    both, other = told(), told("another")

    found = carried_out(
        asked(
            removals=(
                feature("a", announced=both, path=("removes", 0)),
                feature("b", announced=other, path=("removes", 1)),
            ),
            breaks=(feature("a", announced=both, path=("breaks", 0)),),
            ends=(line_end(announced=both), line_end(tier="pro", announced=both)),
        )
    )

    assert [(each.announced.uid, each.subjects, each.path) for each in found] == [
        (both.uid, ("a", "3.34"), ("removes", 0)),
        ("another", ("b",), ("removes", 1)),
    ]
    assert found[0].named == "a, 3.34"


def test_accounts_that_were_never_told_fail_the_release_with_counts_by_tier():
    audience = {"affected": {"pro": 5, "enterprise": 4}, "not_told": {"pro": 2, "enterprise": 0}}
    change = feature(announced=told(**audience), path=("removes", 0))

    (finding,) = accounts_not_told.check(asked(removals=(change,)))

    assert finding.message == (
        "legacy-connector: announced on 2026-06-01, but 2 accounts (pro: 2) were neither notified "
        "nor recorded as exempt."
    )
    assert finding.fix == (
        "Before the release, notify those whom /v1/deprecations/0d5f8a4e-deprecation/reach lists "
        "as not notified."
    )
    assert (finding.rule, finding.subject) == ("accounts-not-told", "legacy-connector")
    assert finding.path == ("removes", 0)
    assert finding.evidence == PROOF | {
        "affected": {"pro": 5, "enterprise": 4},
        "not_told": {"pro": 2},
        "unfilled": False,
    }
    assert finding.at_most is Severity.ERROR
    assert accounts_not_told.SEVERITY is Severity.ERROR


def test_each_feature_of_one_announcement_is_found_by_itself_so_that_each_takes_a_waiver():
    untold = told(not_told={"pro": 1})
    both = (feature("rest-v1", announced=untold), feature("legacy-connector", announced=untold))

    found = list(accounts_not_told.check(asked(removals=both)))

    assert [each.subject for each in found] == ["rest-v1", "legacy-connector"]
    assert found[1].message.startswith("legacy-connector: announced on")


def test_recipients_still_being_written_down_are_not_told_yet():
    (finding,) = accounts_not_told.check(asked(removals=(feature(announced=told(unfilled=True)),)))

    assert finding.message == (
        "legacy-connector: announced on 2026-06-01, but its recipients are still being recorded."
    )
    assert finding.fix == "Before the release, let the worker record all recipients."
    assert (finding.evidence["not_told"], finding.evidence["unfilled"]) == ({}, True)


def test_both_reasons_for_not_being_told_are_said_at_once():
    audience = {"not_told": {"pro": 1}, "unfilled": True}

    (finding,) = accounts_not_told.check(asked(removals=(feature(announced=told(**audience)),)))

    assert finding.message.endswith(
        "but 1 account (pro: 1) was neither notified nor recorded as exempt and its recipients are "
        "still being recorded."
    )
    assert finding.fix == (
        "Before the release, let the worker record all recipients, and notify those whom "
        "/v1/deprecations/0d5f8a4e-deprecation/reach lists as not notified."
    )


@pytest.mark.parametrize(
    "change",
    [
        feature(announced=told(affected={"pro": 5})),
        feature(announced=told(not_told={"pro": 0})),
        exempt(announced=told(not_told={"pro": 5}, told_late={"pro": 1}, unfilled=True)),
    ],
)
def test_who_was_told_or_is_owed_nothing_holds_up_no_release(change):
    scene = asked(removals=(change,))

    assert list(accounts_not_told.check(scene)) == []
    assert list(accounts_told_late.check(scene)) == []


def test_each_announcement_is_found_by_itself():
    untold = {"not_told": {"pro": 1}, "told_late": {"pro": 1}}
    changes = (
        feature("told", announced=told("told")),
        feature("a", announced=told("one", **untold)),
        feature("b", announced=told("two", **untold)),
    )

    for rule in (accounts_not_told, accounts_told_late):
        found = rule.check(asked(removals=changes))
        assert [(each.subject, each.evidence["deprecation"]) for each in found] == [
            ("a", "one"),
            ("b", "two"),
        ]


def test_accounts_told_late_warn_with_the_days_they_had_and_lack():
    audience = {"told_late": {"pro": 1, "team": 0}, "fewest_days": 45, "promised_days": 90}
    change = feature(announced=told(**audience), path=("removes", 0))

    (finding,) = accounts_told_late.check(asked(removals=(change,)))

    assert finding.message == (
        "legacy-connector: announced on 2026-06-01, but too late for 1 account (pro: 1), as few as"
        " 45 of 90 days before."
    )
    assert finding.fix == "Postpone the change by 45 days, or make sure that they have moved."
    assert (finding.rule, finding.subject) == ("accounts-told-late", "legacy-connector")
    assert finding.path == ("removes", 0)
    assert finding.evidence == PROOF | {
        "told_late": {"pro": 1},
        "fewest_days": 45,
        "promised_days": 90,
    }
    assert accounts_told_late.SEVERITY is Severity.WARNING


@pytest.mark.parametrize(
    ("fewest", "promised", "said", "way"),
    [
        (89, 90, ", as few as 89 of 90 days before.", "by 1 day, or"),
        (0, 2, ", as few as 0 of 2 days before.", "by 2 days, or"),
        (None, 90, "(pro: 1).", "by the missing days, or"),
        (45, None, "(pro: 1).", "by the missing days, or"),
    ],
)
def test_how_late_they_were_told_is_said_where_it_is_known(fewest, promised, said, way):
    late = told(told_late={"pro": 1}, fewest_days=fewest, promised_days=promised)

    (finding,) = accounts_told_late.check(asked(removals=(feature(announced=late),)))

    assert finding.message.endswith(said)
    assert finding.fix == f"Postpone the change {way} make sure that they have moved."


def running(**parts):
    return list(accounts_still_running.check(asked(**parts)))


@pytest.mark.parametrize(("part", "verb"), [("removals", "removes"), ("breaks", "breaks")])
def test_accounts_that_use_what_goes_are_counted_by_tier(part, verb):
    change = feature(
        running={"pro": 2, "team": 0, "enterprise": 1}, announced=announced(ON), path=(part, 0)
    )

    (finding,) = running(**{part: (change,)})

    assert finding.message == (
        f"3.40.0 {verb} legacy-connector, which is still used by 3 accounts (pro: 2,"
        " enterprise: 1)."
    )
    assert finding.fix == "Ask them to move first, or release once they have."
    assert (finding.rule, finding.subject) == ("accounts-still-running", "legacy-connector")
    assert finding.path == (part, 0)
    assert finding.evidence == PROOF | {"running": {"pro": 2, "enterprise": 1}}
    assert finding.at_most is Severity.ERROR
    assert accounts_still_running.SEVERITY is Severity.WARNING


def test_where_to_move_is_said_if_the_announcement_says_it():
    change = feature(running={"pro": 1}, announced=announced(ON, replacement="new-connector"))

    (finding,) = running(removals=(change,))

    assert finding.fix.startswith("Ask them to move to new-connector first")


def test_what_nobody_announced_is_run_all_the_same():
    (finding,) = running(removals=(feature(running={"pro": 1}),))

    assert finding.evidence == {"deprecation": None, "running": {"pro": 1}}


@pytest.mark.parametrize("part", ["removals", "breaks"])
def test_who_runs_what_is_exempt_is_noted_and_no_more(part):
    (finding,) = running(**{part: (exempt(running={"pro": 1}),)})

    assert finding.at_most is Severity.NOTE


@pytest.mark.parametrize(
    "parts",
    [
        {"removals": (feature(),)},
        {"removals": (feature(running={"pro": 0}),)},
        {"removals": (feature(running={"pro": 1}, gone=True),)},
        {"breaks": (feature(),)},
        {"ends": (line_end(accounts=0),)},
        {"drops": (drop(accounts=0),)},
    ],
)
def test_what_is_run_by_none_or_gone_already_concerns_nobody(parts):
    assert running(**parts) == []


def test_a_feature_that_is_removed_and_broken_is_found_once():
    change, other = feature(running={"pro": 1}), feature("rest-v1", running={"pro": 1})

    found = running(removals=(change,), breaks=(change, other))

    assert [each.message.split(",")[0] for each in found] == [
        "3.40.0 removes legacy-connector",
        "3.40.0 breaks rest-v1",
    ]


def test_the_tiers_of_a_line_are_summed_wherever_its_support_ends():
    (ended, dropped) = running(
        ends=(
            line_end("3.33", announced=announced(ON)),
            line_end("3.33", "pro", accounts=3),
            line_end("3.34", "pro", accounts=4),
            line_end("3.32", accounts=0),
        ),
        drops=(drop(accounts=5, path=("drops", 0)), drop(tier="pro", accounts=4)),
    )

    assert ended.message == (
        "3.40.0 ends support of 3.33, which is still run by 5 accounts (enterprise: 2, pro: 3)."
    )
    assert ended.fix == "Ask them to move off 3.33 first, or release once they have."
    assert (ended.rule, ended.subject, ended.path) == ("accounts-still-running", "3.33", ())
    assert ended.evidence == {
        "running": {"enterprise": 2, "pro": 3},
        "announced": {"enterprise": PROOF, "pro": {"deprecation": None}},
    }
    assert dropped.message == (
        "3.40.0 drops 3.34, which is still run by 9 accounts (pro: 4, enterprise: 5)."
    )
    assert (dropped.subject, dropped.path) == ("3.34", ("drops", 0))
