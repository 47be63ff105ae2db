from __future__ import annotations

import pytest

from lifecycle.gate.rules import replacement_less_stable, replacement_missing
from lifecycle.gate.scenes import Replacement
from lifecycle.policy.stages import MATURITY, Stage
from testkit.rule_scenes import LONG_AGO, announced, asked, exempt, feature

BOTH = pytest.mark.parametrize("change", ["removals", "breaks"])
NEW = Replacement("new-connector", stage=Stage.GA)
BETA = Replacement("new-connector", stage=Stage.BETA)
ABSENT = Replacement("new-connector")
NOTHING_SAID = announced(LONG_AGO, migration=False)


def found(rule, change, *features):
    return list(rule.check(asked(**{change: features})))


@BOTH
@pytest.mark.parametrize("stage", [*Stage, None])
@pytest.mark.parametrize("had", [*MATURITY, None])
def test_a_replacement_promises_no_less_than_what_it_replaces(change, had, stage):
    changed = feature(stage=had, replacement=Replacement("new-connector", stage=stage))
    less = had is not None and stage in MATURITY
    less = less and MATURITY.index(stage) < MATURITY.index(had)

    assert bool(found(replacement_less_stable, change, changed)) is less


@BOTH
def test_a_less_stable_replacement_says_what_it_is_and_should_be(change):
    told = announced(LONG_AGO)
    changed = feature(replacement=BETA, announced=told, running={"pro": 2}, path=(change, 0))
    (one,) = found(replacement_less_stable, change, changed)

    assert one.message == (
        "legacy-connector was ga, and its replacement new-connector is only beta in 3.40.0. Used"
        " by 2 accounts (pro: 2)."
    )
    assert one.fix == "Make new-connector ga first, or name another replacement."
    assert (one.subject, one.path) == ("legacy-connector", (change, 0))
    assert one.evidence["stage"] == "ga"
    assert one.evidence["replacement"] == {"name": "new-connector", "stage": "beta"}
    assert one.evidence["running"] == {"pro": 2}
    assert one.evidence["deprecation"] == told.uid


@BOTH
def test_what_is_gone_exempt_or_has_none_is_not_replaced_by_less(change):
    alpha = Replacement("new-connector", stage=Stage.ALPHA)
    kept = (feature("a", replacement=BETA, gone=True), exempt(replacement=alpha), feature("b"))

    assert not found(replacement_less_stable, change, *kept)
    assert [
        each.subject
        for each in found(replacement_less_stable, change, *kept, feature(replacement=BETA))
    ] == ["legacy-connector"]


@BOTH
@pytest.mark.parametrize(
    ("replacement", "is_missing"),
    [
        (ABSENT, True),
        (Replacement("new-connector", stage=Stage.REMOVED), True),
        (NEW, False),
        (BETA, False),
        (Replacement("new-connector", stage=Stage.DEPRECATED), False),
        (Replacement("ask support", feature=False), False),
        (None, False),
    ],
)
def test_a_replacement_has_to_be_there(change, replacement, is_missing):
    changed = feature(replacement=replacement, announced=announced(LONG_AGO))

    assert bool(found(replacement_missing, change, changed)) is is_missing


@BOTH
def test_a_replacement_that_is_not_there_is_named(change):
    told = announced(LONG_AGO)
    changed = feature(replacement=ABSENT, announced=told, running={"pro": 2}, path=(change, 0))
    (one,) = found(replacement_missing, change, changed)

    assert one.message == (
        "legacy-connector is to be replaced by new-connector, which 3.40.0 does not have. Used by"
        " 2 accounts (pro: 2)."
    )
    assert one.fix == (
        "Name a replacement for legacy-connector that 3.40.0 has, or say in its announcement how to"
        " migrate."
    )
    assert (one.subject, one.path) == ("legacy-connector", (change, 0))
    assert one.evidence["replacement"] == "new-connector"
    assert one.evidence["running"] == {"pro": 2}
    assert one.evidence["deprecation"] == told.uid


def test_a_ga_removal_says_where_to_move():
    (one,) = found(
        replacement_missing, "removals", feature(announced=NOTHING_SAID, running={"pro": 2})
    )

    assert one.message == (
        "legacy-connector goes, and its announcement names neither a replacement nor how to"
        " migrate. Used by 2 accounts (pro: 2)."
    )
    assert one.evidence["replacement"] is None


@pytest.mark.parametrize(
    "changed",
    [
        feature(announced=announced(LONG_AGO, migration=True)),
        feature(announced=announced(LONG_AGO, migration=False, replacement="ask support")),
        feature(announced=NOTHING_SAID, replacement=NEW),
        feature(announced=NOTHING_SAID, stage=Stage.BETA),
        feature(announced=NOTHING_SAID, stage=None),
        feature(announced=NOTHING_SAID, gone=True),
        exempt(announced=NOTHING_SAID),
        feature(),
    ],
)
def test_what_need_not_say_where_to_move(changed):
    assert not found(replacement_missing, "removals", changed)


def test_a_break_need_not_say_where_to_move():
    assert not found(replacement_missing, "breaks", feature(announced=NOTHING_SAID))


@BOTH
def test_what_is_replaced_hides_nothing_that_is_not(change):
    kept = (feature("a", replacement=ABSENT, gone=True), exempt(replacement=ABSENT))

    assert [
        each.subject
        for each in found(replacement_missing, change, *kept, feature(replacement=ABSENT))
    ] == ["legacy-connector"]
