"""Features that stay longer than said, and those that others need."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.calendar.lengths import Length
from lifecycle.gate.rules import (
    deprecated_feature_depended_on,
    experiment_overstays,
    removal_overdue,
)
from lifecycle.gate.scenes import Dependence, Experiment, Overdue, StageMove
from lifecycle.policy.lead_times import Earliest, Owed
from lifecycle.policy.policies import Severity
from lifecycle.policy.stages import Stage
from testkit.rule_scenes import TODAY, announced, asked, feature

REMOVAL = announced(date(2026, 5, 1))
NINE_MONTHS = Length(months=9)


def test_a_feature_that_outlives_its_removal_is_overdue():
    overdue = Overdue("legacy-connector", REMOVAL)

    (finding,) = removal_overdue.check(asked(overdue=(overdue,), removals=(feature("rest-v1"),)))

    assert finding.message == (
        "legacy-connector should have been removed on 2026-10-28, as announced on 2026-05-01, and"
        " is still there."
    )
    assert finding.fix == (
        "Remove legacy-connector in this release (`removes: [legacy-connector]`), or amend its"
        " removal to a day after 2026-12-01."
    )
    assert (finding.rule, finding.subject) == ("removal-overdue", "legacy-connector")
    assert finding.evidence == {
        "deprecation": "0d5f8a4e-deprecation",
        "kind": "removal",
        "announced_on": "2026-05-01",
        "effective_on": {"pro": "2026-07-30", "enterprise": "2026-10-28"},
        "from_version": None,
        "waiver": None,
    }
    assert removal_overdue.SEVERITY is Severity.WARNING


def test_of_overdue_removals_those_are_found_that_the_release_leaves_out():
    overdue = tuple(Overdue(key, REMOVAL) for key in ("a", "b", "c"))

    found = removal_overdue.check(asked(overdue=overdue, removals=(feature("a"),)))

    assert [each.subject for each in found] == ["b", "c"]


def test_nothing_is_overdue_while_releases_that_are_owed_have_not_followed():
    waiting = Owed("pro", "1 major release", Earliest(TODAY, "1 major release"), "acme 1")
    told = announced(date(2026, 5, 1), owed=(waiting,))

    assert not list(removal_overdue.check(asked(overdue=(Overdue("legacy-connector", told),))))


def experiment(since, lifetime=NINE_MONTHS):
    return Experiment("smart-labels", Stage.BETA, since, lifetime)


def overstaying(*experiments, **parts):
    return list(experiment_overstays.check(asked(experiments=experiments, **parts)))


def test_an_experiment_that_overstays_is_found_with_its_stage_and_day():
    (finding,) = overstaying(experiment(date(2026, 2, 1)))

    assert finding.message == "smart-labels has been beta since 2026-02-01, longer than 9 months."
    assert finding.fix == "Move smart-labels on from beta (`stages`), or remove it (`removes`)."
    assert (finding.rule, finding.subject) == ("experiment-overstays", "smart-labels")
    assert finding.evidence == {
        "stage": "beta",
        "since": "2026-02-01",
        "lifetime": "9 months",
        "over_on": "2026-11-01",
    }
    assert experiment_overstays.SEVERITY is Severity.WARNING


@pytest.mark.parametrize(
    ("since", "day", "found"),
    [
        (date(2026, 3, 1), TODAY, 1),
        (date(2026, 3, 2), TODAY, 0),
        (date(2026, 3, 2), date(2026, 12, 2), 1),
        (TODAY, TODAY, 0),
    ],
)
def test_a_lifetime_is_over_on_the_day_after_its_last(since, day, found):
    assert len(overstaying(experiment(since), day=day)) == found


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ({"stages": (StageMove("smart-labels", Stage.GA),)}, 0),
        ({"stages": (StageMove("smart-labels", Stage.ALPHA),)}, 0),
        ({"stages": (StageMove("smart-labels", Stage.BETA),)}, 1),
        ({"stages": (StageMove("ai-builder", Stage.GA),)}, 1),
        ({"removals": (feature("smart-labels"),)}, 0),
        ({"removals": (feature("ai-builder"),)}, 1),
    ],
)
def test_an_experiment_that_the_release_moves_on_overstays_no_more(parts, found):
    assert len(overstaying(experiment(date(2025, 1, 1)), **parts)) == found


def test_each_experiment_is_found_by_itself():
    young = Experiment("young", Stage.BETA, TODAY, NINE_MONTHS)
    others = [Experiment(k, Stage.ALPHA, date(2020, 1, 1), NINE_MONTHS) for k in "ab"]

    assert [each.subject for each in overstaying(young, *others)] == ["a", "b"]


@given(
    since=st.dates(date(2020, 1, 1), date(2027, 1, 1)),
    days=st.integers(1, 900),
    day=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)
def test_an_experiment_overstays_exactly_when_it_has_had_its_days(since, days, day):
    found = overstaying(experiment(since, lifetime=Length(days=days)), day=day)

    assert bool(found) == ((day - since).days >= days)


def depended_on(*dependences):
    return list(deprecated_feature_depended_on.check(asked(dependences=dependences)))


def test_a_feature_that_goes_though_others_need_it_is_found():
    (finding,) = depended_on(
        Dependence(
            "legacy-connector",
            removed=True,
            needed_by=("ai-builder", "board"),
            replaces=("rest-v1", "rest-v0"),
            path=("removes", 0),
        )
    )

    assert finding.message == (
        "legacy-connector is removed, but is needed by ai-builder, board and is the announced"
        " replacement of rest-v1, rest-v0."
    )
    assert finding.fix == (
        "Remove the dependency of ai-builder, board on legacy-connector. Name another replacement "
        "for rest-v1, rest-v0."
    )
    assert (finding.rule, finding.subject) == (
        "deprecated-feature-depended-on",
        "legacy-connector",
    )
    assert finding.path == ("removes", 0)
    assert finding.evidence == {
        "removed": True,
        "needed_by": ["ai-builder", "board"],
        "replaces": ["rest-v1", "rest-v0"],
    }
    assert deprecated_feature_depended_on.SEVERITY is Severity.WARNING


@pytest.mark.parametrize(
    ("dependence", "message", "fix"),
    [
        (
            Dependence("x", removed=False, needed_by=("a",)),
            "x is deprecated, but is needed by a.",
            "Remove the dependency of a on x.",
        ),
        (
            Dependence("x", removed=False, replaces=("b",)),
            "x is deprecated, but is the announced replacement of b.",
            "Name another replacement for b.",
        ),
        (
            Dependence("x", removed=True, replaces=("b",)),
            "x is removed, but is the announced replacement of b.",
            "Name another replacement for b.",
        ),
    ],
)
def test_only_what_is_needed_is_said(dependence, message, fix):
    (finding,) = depended_on(dependence)

    assert (finding.message, finding.fix) == (message, fix)


def test_a_feature_that_nothing_needs_may_go():
    nothing = Dependence("x", removed=True)

    found = depended_on(nothing, Dependence("y", removed=True, needed_by=("a",)))

    assert [each.subject for each in found] == ["y"]
