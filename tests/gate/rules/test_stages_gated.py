from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from lifecycle.gate.rules import stage_lowered, stage_skipped
from lifecycle.gate.scenes import StageMove
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.policies import Severity
from lifecycle.policy.stages import MATURITY, PRE_GA, Stage
from testkit.rule_scenes import (
    LONG_AGO,
    POLICY,
    TODAY,
    announced,
    asked,
    owed_from,
    waived,
)

DAY = timedelta(days=1)
OWED_ON = TODAY - 180 * DAY
NO_EXEMPTION = msgspec.structs.replace(POLICY, exempt_stages=frozenset())


def lowered(to, before, broken=None, **parts):
    move = StageMove("ai-builder", to, ("stages", "ai-builder"), before=before, broken=broken)
    return list(stage_lowered.check(asked(stages=(move,), **parts)))


def fall(on, **parts):
    return announced(on, Kind.BREAKING_CHANGE, **parts)


@pytest.mark.parametrize("before", [*Stage, None])
@pytest.mark.parametrize("to", list(Stage))
def test_a_fall_to_what_promises_less_is_found(to, before):
    falls = before in MATURITY and to in MATURITY
    falls = falls and MATURITY.index(to) < MATURITY.index(before)

    assert bool(lowered(to, before, policy=NO_EXEMPTION)) is falls
    assert bool(lowered(to, before)) is (falls and before not in PRE_GA)


def test_without_a_policy_no_stage_is_exempt():
    assert lowered(Stage.ALPHA, Stage.BETA, policy=None)


def test_an_unannounced_fall_says_how_to_announce_it():
    (one,) = lowered(Stage.BETA, Stage.GA)

    assert one.message == "ai-builder falls from ga to beta, and nobody announced it."
    assert one.fix == (
        "Keep ai-builder at ga, or announce this as a breaking change and wait for its day."
    )
    assert (one.subject, one.path, one.at_most) == (
        "ai-builder",
        ("stages", "ai-builder"),
        Severity.ERROR,
    )
    assert one.evidence == {"before": "ga", "to": "beta", "owed": [], "deprecation": None}


def test_a_fall_that_was_announced_to_some_tiers_is_unannounced_to_the_others():
    told = announced(LONG_AGO, Kind.BREAKING_CHANGE, days={"pro": TODAY})
    move = StageMove("ai-builder", Stage.BETA, before=Stage.GA, broken=told, owed=owed_from(TODAY))

    (one,) = stage_lowered.check(asked(stages=(move,)))

    assert one.message == (
        f"ai-builder falls from ga to beta, and its announcement of {LONG_AGO} leaves out"
        " enterprise: enterprise requires 180 days."
    )
    assert one.evidence["deprecation"] == told.uid
    assert one.at_most is Severity.ERROR


def test_a_fall_that_was_announced_to_all_tiers_in_time_is_fine():
    move = StageMove(
        "ai-builder",
        Stage.BETA,
        before=Stage.GA,
        broken=fall(LONG_AGO),
        owed=owed_from(LONG_AGO, enterprise=180),
    )

    assert not list(stage_lowered.check(asked(stages=(move,))))


def test_a_fall_before_its_day_warns_where_only_best_effort_is_owed():
    owed = owed_from(LONG_AGO, pro=None, enterprise=None)
    told = fall(LONG_AGO, days=dict.fromkeys(("pro", "enterprise"), TODAY + DAY), owed=owed)
    move = StageMove("ai-builder", Stage.BETA, before=Stage.GA, broken=told, owed=owed)

    (one,) = stage_lowered.check(asked(stages=(move,)))

    assert one.fix == "Release on or after 2026-12-02."
    assert one.at_most is Severity.WARNING


def test_a_fall_of_which_only_best_effort_is_owed_warns():
    owed = owed_from(TODAY, pro=None, enterprise=None)
    move = StageMove("ai-builder", Stage.BETA, before=Stage.GA, owed=owed)

    (one,) = stage_lowered.check(asked(stages=(move,)))

    assert one.at_most is Severity.WARNING


def test_an_announced_fall_waits_for_its_day():
    told = fall(OWED_ON + DAY)
    (one,) = lowered(Stage.BETA, Stage.GA, told)

    assert one.message == (
        "ai-builder falls from ga to beta on 2026-12-01, which is too soon: announced on"
        " 2026-06-05, it takes effect for enterprise on 2026-12-02; enterprise requires 180 days"
        " (2026-12-02 at the earliest)."
    )
    assert one.fix == "Release on or after 2026-12-02."
    assert (one.rule, one.subject) == ("stage-lowered", "ai-builder")
    assert one.path == ("stages", "ai-builder")
    assert one.evidence["before"] == "ga"
    assert one.evidence["to"] == "beta"
    assert one.evidence["deprecation"] == told.uid
    assert one.evidence["forced_by"] == ["enterprise"]
    assert not lowered(Stage.BETA, Stage.GA, told, day=TODAY + DAY)
    assert not lowered(Stage.BETA, Stage.GA, fall(OWED_ON))


def test_an_announced_fall_waits_for_its_version():
    (one,) = lowered(Stage.BETA, Stage.GA, fall(LONG_AGO, from_version="4.0.0", reached=False))

    assert one.fix == "Keep ai-builder at ga until 4.0.0."


def test_a_fall_announced_under_a_waiver_stands():
    days = dict.fromkeys(("pro", "enterprise"), TODAY)

    assert lowered(Stage.BETA, Stage.GA, fall(TODAY - DAY, days=days))
    assert not lowered(Stage.BETA, Stage.GA, fall(TODAY - DAY, days=days, waiver=waived()))


def test_a_fall_that_is_fine_hides_none_that_is_not():
    moves = (
        StageMove("a", Stage.GA, before=Stage.BETA),
        StageMove("b", Stage.ALPHA, before=Stage.BETA),
        StageMove("c", Stage.BETA, before=Stage.GA, broken=fall(LONG_AGO)),
        StageMove("d", Stage.BETA, before=Stage.GA),
    )

    assert [each.subject for each in stage_lowered.check(asked(stages=moves))] == ["d"]


def skipped(to, *ever):
    move = StageMove("ai-builder", to, ("stages", "ai-builder"), ever=frozenset(ever))
    return list(stage_skipped.check(asked(stages=(move,))))


@pytest.mark.parametrize(
    ("to", "ever", "is_found"),
    [
        (Stage.GA, (Stage.ALPHA,), True),
        (Stage.GA, (Stage.EXPERIMENTAL,), True),
        (Stage.GA, (Stage.EXPERIMENTAL, Stage.ALPHA), True),
        (Stage.GA, (Stage.ALPHA, Stage.REMOVED), True),
        (Stage.DEPRECATED, (Stage.ALPHA,), False),
        (Stage.GA, (), False),
        (Stage.GA, (Stage.BETA,), False),
        (Stage.GA, (Stage.ALPHA, Stage.BETA), False),
        (Stage.GA, (Stage.ALPHA, Stage.PREVIEW), False),
        (Stage.GA, (Stage.ALPHA, Stage.GA), False),
        (Stage.DEPRECATED, (Stage.ALPHA, Stage.GA), False),
        (Stage.DEPRECATED, (Stage.ALPHA, Stage.DEPRECATED), False),
        (Stage.BETA, (Stage.ALPHA,), False),
        (Stage.PREVIEW, (Stage.ALPHA,), False),
        (Stage.ALPHA, (Stage.EXPERIMENTAL,), False),
        (Stage.REMOVED, (Stage.ALPHA,), False),
    ],
)
def test_a_stage_is_skipped_by_what_was_never_beta_or_preview(to, ever, is_found):
    assert bool(skipped(to, *ever)) is is_found


def test_a_skipped_stage_says_what_it_was_and_how_to_come_to_it():
    (one,) = skipped(Stage.GA, Stage.ALPHA, Stage.EXPERIMENTAL)

    assert one.message == (
        "ai-builder becomes ga, and was experimental and alpha but never beta or preview."
    )
    assert one.fix == "Make ai-builder beta or preview in this release, and ga in a later one."
    assert one.evidence == {"to": "ga", "ever": ["alpha", "experimental"]}
    assert (one.subject, one.path) == ("ai-builder", ("stages", "ai-builder"))


def test_a_stage_that_is_not_skipped_hides_none_that_is():
    moves = (
        StageMove("a", Stage.GA),
        StageMove("b", Stage.GA, ever=frozenset({Stage.ALPHA})),
    )

    assert [each.subject for each in stage_skipped.check(asked(stages=moves))] == ["b"]
