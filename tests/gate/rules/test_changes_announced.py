"""Removals and breaks: announced, in time, and in a version that may carry them."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from lifecycle.gate.rules import (
    break_needs_major,
    break_too_soon,
    break_unannounced,
    break_unregistered,
    not_compared,
    removal_in_patch,
    removal_too_soon,
    removal_unannounced,
)
from lifecycle.gate.scenes import BEST_EFFORT, FeatureChange, Unregistered
from lifecycle.policy.lead_times import Earliest, Owed
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.policies import Severity
from lifecycle.policy.windows import Granularity
from testkit.rule_scenes import (
    LONG_AGO,
    MAJOR,
    TODAY,
    VERSION,
    announced,
    asked,
    exempt,
    feature,
    owed_from,
    waived,
)

UNANNOUNCED = {"removals": removal_unannounced, "breaks": break_unannounced}
TOO_SOON = {"removals": removal_too_soon, "breaks": break_too_soon}
BOTH = pytest.mark.parametrize("change", ["removals", "breaks"])
DAY = timedelta(days=1)
OWED_ON = date(2026, 6, 4)  # 180 days before today


def found(rule, change, *features, **parts):
    return list(rule.check(asked(**{change: features}, **parts)))


def with_rule(rule="3 minor releases", day=TODAY):
    return (Owed("enterprise", "3 minor releases", Earliest(day, rule), "clairdash-support 1"),)


# Unannounced


def test_an_unannounced_removal_names_what_is_owed_and_who_uses_it():
    running = {"pro": 1, "enterprise": 2, "community": 0}
    (one,) = found(
        removal_unannounced,
        "removals",
        feature(running=running, path=("removes", 0)),
        day=TODAY + DAY,
    )

    assert one.message == (
        "legacy-connector is removed, and nobody announced it: pro requires 90 days,"
        " enterprise 180 days. Used by 3 accounts (pro: 1, enterprise: 2)."
    )
    assert one.fix == (
        "Keep legacy-connector in this release, and announce it by 2026-12-01 to release on"
        " 2027-05-30."
    )
    assert (one.subject, one.path, one.at_most) == (
        "legacy-connector",
        ("removes", 0),
        Severity.ERROR,
    )
    assert one.evidence == {
        "owed": [
            {
                "tier": "pro",
                "period": "90 days",
                "earliest": "2027-03-01",
                "policy": "clairdash-support 1",
            },
            {
                "tier": "enterprise",
                "period": "180 days",
                "earliest": "2027-05-30",
                "policy": "clairdash-support 1",
            },
        ],
        "running": running,
        "deprecation": None,
    }


def test_an_unannounced_break_names_what_is_owed_and_who_uses_it():
    (one,) = found(
        break_unannounced, "breaks", feature("rest-v1", running={"pro": 1}, path=("breaks", 1))
    )

    assert one.message == (
        "rest-v1 breaks what uses it, and nobody announced it: pro requires 90 days,"
        " enterprise 180 days. Used by 1 account (pro: 1)."
    )
    assert one.fix == (
        "Keep rest-v1 as it is in this release, and announce it by 2026-12-01 to release on"
        " 2027-05-30."
    )
    assert (one.subject, one.path, one.at_most) == ("rest-v1", ("breaks", 1), Severity.ERROR)
    assert one.evidence["running"] == {"pro": 1}
    assert [each["tier"] for each in one.evidence["owed"]] == ["pro", "enterprise"]
    assert one.evidence["deprecation"] is None


@BOTH
def test_what_needs_no_announcement_is_not_found(change):
    rule = UNANNOUNCED[change]

    assert not found(rule, change, exempt())
    assert not found(rule, change, feature(owed=()))
    assert not found(rule, change, feature(gone=True))
    assert not found(rule, change, feature(announced=announced(TODAY)))


@BOTH
def test_what_needs_no_announcement_hides_nothing_that_does(change):
    several = (exempt(), feature("a", gone=True), feature("b", announced=announced(TODAY)))

    assert [each.subject for each in found(UNANNOUNCED[change], change, *several, feature())] == [
        "legacy-connector"
    ]


@BOTH
def test_an_announcement_that_leaves_a_tier_out_did_not_tell_it(change):
    told = announced(LONG_AGO, days={"pro": TODAY})
    (one,) = found(UNANNOUNCED[change], change, feature(announced=told))

    assert (
        "its announcement of 2025-11-01 leaves out enterprise: enterprise requires 180 days."
        in one.message
    )
    assert [each["tier"] for each in one.evidence["owed"]] == ["enterprise"]
    assert one.evidence["deprecation"] == told.uid
    assert one.evidence["announced_on"] == "2025-11-01"


@BOTH
def test_a_tier_that_is_exempt_may_be_left_out(change):
    owed = (owed_from(TODAY)[0], Owed("enterprise", None, Earliest(TODAY), "clairdash-support 1"))
    told = announced(LONG_AGO, days={"pro": TODAY})

    assert not found(UNANNOUNCED[change], change, feature(owed=owed, announced=told))


@BOTH
def test_only_best_effort_warns_where_nobody_announced_it(change):
    rule, best = UNANNOUNCED[change], owed_from(TODAY, pro=None)

    (alone,) = found(rule, change, feature(owed=best))
    (beside,) = found(rule, change, feature(owed=(*best, *owed_from(TODAY, enterprise=1))))

    assert alone.at_most is Severity.WARNING
    assert "pro is promised notice on a best-effort basis." in alone.message
    assert "announce it by 2026-12-01 to release on 2026-12-02." in alone.fix
    assert beside.at_most is Severity.ERROR


@BOTH
def test_releases_that_are_owed_are_told_beside_the_day(change):
    (one,) = found(UNANNOUNCED[change], change, feature(owed=with_rule(day=TODAY + DAY)))

    assert one.fix.endswith("to release on 2026-12-02, after 3 more minor releases.")
    assert one.evidence["owed"][0]["rule"] == "3 minor releases"


# Too soon


def test_a_removal_too_soon_names_the_tiers_that_force_it():
    told = announced(OWED_ON + DAY, from_version="3.40.0")
    (one,) = found(
        removal_too_soon,
        "removals",
        feature(announced=told, running={"enterprise": 3}, path=("removes", 0)),
    )

    assert one.message == (
        "legacy-connector is removed on 2026-12-01, which is too soon: announced on 2026-06-05,"
        " it takes effect for enterprise on 2026-12-02; enterprise requires 180 days"
        " (2026-12-02 at the earliest). Used by 3 accounts (enterprise: 3)."
    )
    assert one.fix == "Release on or after 2026-12-02."
    assert (one.subject, one.path, one.at_most) == (
        "legacy-connector",
        ("removes", 0),
        Severity.ERROR,
    )
    assert one.evidence == {
        "deprecation": told.uid,
        "kind": "removal",
        "announced_on": "2026-06-05",
        "effective_on": {"pro": "2026-09-03", "enterprise": "2026-12-02"},
        "from_version": "3.40.0",
        "waiver": None,
        "owed": [
            {
                "tier": "pro",
                "period": "90 days",
                "earliest": "2026-09-03",
                "policy": "clairdash-support 1",
            },
            {
                "tier": "enterprise",
                "period": "180 days",
                "earliest": "2026-12-02",
                "policy": "clairdash-support 1",
            },
        ],
        "forced_by": ["enterprise"],
        "not_before": "2026-12-02",
        "running": {"enterprise": 3},
    }


def test_a_break_too_soon_names_the_tiers_that_force_it():
    told = announced(OWED_ON + DAY, Kind.BREAKING_CHANGE)
    (one,) = found(
        break_too_soon,
        "breaks",
        feature("rest-v1", announced=told, running={"pro": 1}, path=("breaks", 0)),
    )

    assert one.message == (
        "rest-v1 breaks what uses it on 2026-12-01, which is too soon: announced on 2026-06-05,"
        " it takes effect for enterprise on 2026-12-02; enterprise requires 180 days"
        " (2026-12-02 at the earliest). Used by 1 account (pro: 1)."
    )
    assert one.fix == "Release on or after 2026-12-02."
    assert (one.subject, one.path, one.at_most) == ("rest-v1", ("breaks", 0), Severity.ERROR)
    assert one.evidence["kind"] == "breaking_change"
    assert one.evidence["forced_by"] == ["enterprise"]
    assert one.evidence["running"] == {"pro": 1}


@BOTH
@pytest.mark.parametrize(
    ("days_after", "too_soon"), [(-1, True), (0, False), (1, False)], ids=["before", "on", "after"]
)
def test_the_day_itself_is_allowed_and_the_day_before_is_not(change, days_after, too_soon):
    told = announced(OWED_ON)
    scene_day = TODAY + days_after * DAY

    one = found(TOO_SOON[change], change, feature(announced=told), day=scene_day, at=OWED_ON)

    assert bool(one) is too_soon


@BOTH
def test_a_staggered_change_is_judged_by_its_latest_tier(change):
    told = announced(OWED_ON, days={"pro": date(2027, 2, 1), "enterprise": date(2027, 3, 1)})
    rule, changed = TOO_SOON[change], feature(announced=told)

    (one,) = found(rule, change, changed)
    (later,) = found(rule, change, changed, day=date(2027, 2, 28))

    assert "it takes effect for pro on 2027-02-01 and for enterprise on 2027-03-01." in one.message
    assert one.fix == "Release on or after 2027-03-01."
    assert one.evidence["forced_by"] == ["pro", "enterprise"]
    assert later.evidence["forced_by"] == ["enterprise"]
    assert not found(rule, change, changed, day=date(2027, 3, 1))


@BOTH
def test_what_is_owed_counts_though_the_announced_days_have_come(change):
    told = announced(OWED_ON + DAY, days=dict.fromkeys(("pro", "enterprise"), TODAY))
    (one,) = found(TOO_SOON[change], change, feature(announced=told))

    assert (
        "announced on 2026-06-05, enterprise requires 180 days (2026-12-02 at the earliest)."
        in one.message
    )
    assert one.evidence["forced_by"] == ["enterprise"]
    assert one.evidence["not_before"] == "2026-12-02"


@BOTH
def test_the_later_of_what_is_announced_and_owed_is_the_way_out(change):
    later = announced(OWED_ON + DAY, days={"pro": TODAY, "enterprise": date(2027, 1, 1)})
    sooner = announced(OWED_ON + 60 * DAY, days={"pro": TODAY + DAY, "enterprise": TODAY})
    rule = TOO_SOON[change]

    assert found(rule, change, feature(announced=later))[0].fix == "Release on or after 2027-01-01."
    assert found(rule, change, feature(announced=sooner))[0].fix == (
        "Release on or after 2027-01-30."
    )


@BOTH
def test_a_waiver_excuses_what_is_owed_and_no_announced_day(change):
    rule, today = TOO_SOON[change], dict.fromkeys(("pro", "enterprise"), TODAY)
    waiver = waived(until=TODAY - DAY)
    kept = announced(TODAY - DAY, days=today, waiver=waiver)
    broken = announced(TODAY - DAY, days=today | {"pro": TODAY + DAY}, waiver=waiver)

    assert not found(rule, change, feature(announced=kept))
    (one,) = found(rule, change, feature(announced=broken))
    assert one.evidence["forced_by"] == ["pro"]
    assert one.evidence["waiver"] == waiver.uid
    assert "requires" not in one.message


@BOTH
def test_releases_that_are_owed_must_have_come_out(change):
    told = announced(LONG_AGO, days={"enterprise": LONG_AGO}, owed=with_rule())
    (one,) = found(TOO_SOON[change], change, feature(announced=told))

    assert (
        "enterprise requires 3 minor releases (2026-12-01 at the earliest, and 3 minor releases "
        "have"
        " not followed)." in one.message
    )
    assert one.fix.endswith(" until 3 minor releases have followed its announcement.")
    assert one.fix.startswith("Keep legacy-connector")
    assert one.evidence["owed"][0]["rule"] == "3 minor releases"


@BOTH
def test_it_is_kept_until_the_version_that_was_announced(change):
    told = announced(LONG_AGO, from_version="4.0.0", reached=False)
    (one,) = found(TOO_SOON[change], change, feature(announced=told))
    as_it_is = "" if change == "removals" else " as it is"

    assert one.fix == f"Keep legacy-connector{as_it_is} until 4.0.0."
    assert "announced on 2025-11-01, it stays until 4.0.0." in one.message
    assert one.evidence["forced_by"] == ["pro", "enterprise"]
    assert one.evidence["not_before"] is None
    assert not found(
        TOO_SOON[change], change, feature(announced=announced(LONG_AGO, from_version="4.0.0"))
    )


@BOTH
def test_every_way_out_is_told(change):
    told = announced(
        LONG_AGO,
        days={"enterprise": TODAY + DAY},
        owed=with_rule(),
        from_version="4.0.0",
        reached=False,
    )
    (one,) = found(TOO_SOON[change], change, feature(announced=told))

    assert one.fix.endswith(
        " until 4.0.0 and until 3 minor releases have followed its announcement, and release on or"
        " after 2026-12-02."
    )


@BOTH
def test_what_is_exempt_gone_or_unannounced_is_not_too_soon(change):
    rule, told = TOO_SOON[change], announced(TODAY)

    assert not found(rule, change, exempt(announced=told))
    assert not found(rule, change, feature(announced=told, gone=True))
    assert not found(rule, change, feature())
    kept = (
        exempt(announced=told),
        feature(),
        feature("a", announced=told, gone=True),
        feature("c", announced=announced(LONG_AGO)),
    )
    assert [each.subject for each in found(rule, change, *kept, feature("b", announced=told))] == [
        "b"
    ]


@BOTH
def test_a_tier_that_is_exempt_forces_only_what_was_announced(change):
    owed = (
        Owed("pro", None, Earliest(TODAY + DAY), "clairdash-support 1"),
        *owed_from(OWED_ON, enterprise=180),
    )
    told = announced(OWED_ON, days=dict.fromkeys(("pro", "enterprise"), TODAY), owed=owed)

    assert not found(TOO_SOON[change], change, feature(announced=told))


@BOTH
def test_only_best_effort_warns_where_it_is_too_soon(change):
    rule = TOO_SOON[change]
    owed = (*owed_from(TODAY, pro=None), *owed_from(LONG_AGO, enterprise=180))
    days = {"pro": TODAY + DAY, "enterprise": TODAY}

    def gravest(days, owed, change_owed=owed):
        told = announced(TODAY, days=days, owed=owed)
        (one,) = found(rule, change, feature(announced=told, owed=change_owed))
        return one.at_most

    assert gravest(days, owed) is Severity.WARNING
    assert gravest(days | {"enterprise": TODAY + DAY}, owed) is Severity.ERROR
    assert gravest(days, owed_from(TODAY, pro=90)) is Severity.ERROR
    assert gravest(days, owed, owed_from(TODAY, pro=90)) is Severity.ERROR
    spared = (owed[0], Owed("enterprise", None, Earliest(TODAY), "clairdash-support 1"))
    assert gravest(dict.fromkeys(days, TODAY + DAY), spared, spared) is Severity.WARNING


@BOTH
def test_a_tier_of_which_nothing_is_known_to_be_owed_weighs_in_full(change):
    told = announced(TODAY, days={"team": TODAY + DAY}, owed=())
    (one,) = found(TOO_SOON[change], change, feature(announced=told))

    assert one.at_most is Severity.ERROR
    assert one.evidence["forced_by"] == ["team"]


def test_best_effort_is_written_as_policies_write_it():
    assert BEST_EFFORT == "best effort"


# The version


def version(step, text="3.39.2", **parts):
    return msgspec.structs.replace(VERSION, text=text, step=step and Granularity(step), **parts)


@pytest.mark.parametrize(
    ("step", "in_patch"), [("patch", True), ("minor", False), ("major", False), (None, False)]
)
def test_a_patch_removes_nothing(step, in_patch):
    scene = asked(version(step), removals=(feature(announced=announced(LONG_AGO)),))

    assert bool(list(removal_in_patch.check(scene))) is in_patch


def test_a_removal_in_a_patch_says_of_what_it_is_a_patch():
    told = announced(LONG_AGO)
    changed = feature(announced=told, running={"pro": 2}, path=("removes", 0))
    (one,) = removal_in_patch.check(asked(version("patch"), removals=(changed,)))

    assert one.message == (
        "3.39.2 is a patch of 3.39.1, and removes legacy-connector, used by 2 accounts (pro: 2)."
    )
    assert one.fix == "Keep legacy-connector in 3.39.2, and remove it in a minor release."
    assert (one.subject, one.path, one.at_most) == (
        "legacy-connector",
        ("removes", 0),
        Severity.ERROR,
    )
    assert one.evidence["before"] == "3.39.1"
    assert one.evidence["step"] == "patch"
    assert one.evidence["running"] == {"pro": 2}
    assert one.evidence["deprecation"] == told.uid


def test_a_patch_may_remove_what_is_exempt_or_gone():
    kept = (exempt(), feature("a", gone=True))
    scene = asked(version("patch"), removals=(*kept, feature(owed=owed_from(TODAY, pro=None))))

    assert [each.subject for each in removal_in_patch.check(scene)] == ["legacy-connector"]


@pytest.mark.parametrize(
    ("parts", "needed"),
    [
        ({"step": "major"}, None),
        ({"step": "minor"}, "major"),
        ({"step": "patch"}, "major"),
        ({"step": "patch", "initial": True}, "minor"),
        ({"step": "minor", "initial": True}, None),
        ({"step": "major", "initial": True}, None),
        ({"step": None}, None),
        ({"step": "minor", "semantic": False}, None),
    ],
)
def test_a_break_needs_the_version_that_its_scheme_says(parts, needed):
    scene = asked(version(**parts), breaks=(feature("rest-v1"),))

    assert [each.evidence["needs"] for each in break_needs_major.check(scene)] == [needed] * bool(
        needed
    )


def test_a_break_in_a_minor_release_says_what_it_needs():
    told = announced(LONG_AGO, Kind.BREAKING_CHANGE)
    changed = feature("rest-v1", announced=told, running={"pro": 2}, path=("breaks", 0))
    (one,) = break_needs_major.check(asked(breaks=(changed,)))

    assert one.message == (
        "rest-v1 breaks what uses it in 3.40.0, which after 3.39.1 is only a minor release."
        " Used by 2 accounts (pro: 2)."
    )
    assert one.fix == "Break rest-v1 in a major release, or keep it as it is in 3.40.0."
    assert (one.subject, one.path, one.at_most) == ("rest-v1", ("breaks", 0), Severity.ERROR)
    assert one.evidence["before"] == "3.39.1"
    assert one.evidence["step"] == "minor"
    assert one.evidence["running"] == {"pro": 2}
    assert one.evidence["deprecation"] == told.uid


def test_what_is_exempt_or_gone_breaks_in_any_version():
    kept = (exempt(), feature("a", gone=True))

    assert [
        each.subject for each in break_needs_major.check(asked(breaks=(*kept, feature("rest-v1"))))
    ] == ["rest-v1"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (feature("a"), 1),
        (FeatureChange("a"), 1),
        (feature("a", gone=True), 0),
        (exempt("a"), 0),
        (feature("a", announced=announced(LONG_AGO, Kind.BREAKING_CHANGE)), 0),
        (feature("a", announced=announced(TODAY, Kind.BREAKING_CHANGE)), 1),
        (feature("a", announced=announced(LONG_AGO, days={"pro": LONG_AGO})), 1),
    ],
    ids=["known", "unregistered", "gone", "exempt", "due", "too soon", "a tier left out"],
)
def test_what_could_not_be_compared_is_found_unless_it_may_break_by_now(change, found):
    assert len(list(not_compared.check(asked(MAJOR, uncompared=(change,))))) == found


def test_what_may_break_by_now_hides_nothing_that_may_not():
    told = announced(TODAY, Kind.BREAKING_CHANGE)
    scene = asked(MAJOR, uncompared=(exempt(), feature("a", announced=told)))

    (one,) = not_compared.check(scene)

    assert (one.subject, one.evidence["deprecation"]) == ("a", told.uid)


def test_all_that_a_misspelt_key_may_mean_is_named():
    scene = asked(unregistered=(Unregistered("a", nearest=("a1", "a2")),))

    (one,) = break_unregistered.check(scene)

    assert one.fix.endswith("correct it (the nearest: a1, a2).")


@pytest.mark.parametrize(
    ("removed", "happens"), [(True, "a is removed,"), (False, "a breaks what uses it,")]
)
def test_what_nobody_registered_is_found_whether_it_goes_or_breaks(removed, happens):
    scene = asked(unregistered=(Unregistered("a", removed=removed),))

    (one,) = break_unregistered.check(scene)

    assert one.message.startswith(happens)
    assert one.fix.endswith("If the key is misspelt, correct it.")
    assert one.evidence == {"removed": removed, "nearest": []}
