from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.gate.judgement import judge
from lifecycle.gate.rules import (
    RULES,
    facts_stale,
    prerelease,
    version_not_newer,
    version_unparsable,
)
from lifecycle.gate.scenes import CatalogueState, StageMove
from lifecycle.policy.gate_rules import UNWAIVABLE
from lifecycle.policy.policies import Gate, Severity
from lifecycle.policy.stages import Stage
from lifecycle.reports.findings import GRAVITY, Finding, Verdict, milder, verdict_of
from testkit.rule_examples import failing_scene
from testkit.rule_scenes import (
    MAJOR,
    POLICY,
    TODAY,
    VERSION,
    announced,
    asked,
    exempt,
    feature,
    owed_from,
    waived,
)

DAY = timedelta(days=1)
PRERELEASE = failing_scene(prerelease).version


def strict(**rules):
    stated = {each.replace("_", "-"): severity for each, severity in rules.items()}
    return msgspec.structs.replace(POLICY, gate=Gate(stated))


def told(judgement):
    return [(finding.rule, finding.severity.value) for finding in judgement.findings]


def changed(scene, **parts):
    return msgspec.structs.replace(scene, **parts)


def test_a_release_that_breaks_nothing_passes():
    judgement = judge(asked())

    assert (judgement.verdict, judgement.decided, judgement.findings) == (Verdict.PASS, True, ())


def test_an_error_fails_a_warning_warns_and_a_note_passes():
    lowered = StageMove("ai-builder", Stage.BETA, before=Stage.GA)
    skipped = StageMove("ai-builder", Stage.GA, ever=frozenset({Stage.ALPHA}))

    assert judge(asked(stages=(lowered,))).verdict is Verdict.FAIL
    assert judge(asked(stages=(skipped,))).verdict is Verdict.WARN
    assert judge(failing_scene(prerelease)).verdict is Verdict.PASS


def test_the_gravest_is_told_first_and_then_by_the_order_of_the_rules():
    kept = feature("b", announced=announced(TODAY))
    lowered = StageMove("ai-builder", Stage.GA, ever=frozenset({Stage.ALPHA}))

    found = told(judge(asked(removals=(kept, feature()), breaks=(kept,), stages=(lowered,))))

    assert found == [
        ("removal-unannounced", "error"),
        ("removal-too-soon", "error"),
        ("break-too-soon", "error"),
        ("break-needs-major", "warning"),
        ("stage-skipped", "warning"),
    ]


def test_a_policy_says_how_grave_a_rule_is():
    scene = asked(removals=(feature(),))

    for severity, verdict in (
        (Severity.ERROR, Verdict.FAIL),
        (Severity.WARNING, Verdict.WARN),
        (Severity.NOTE, Verdict.PASS),
    ):
        judgement = judge(changed(scene, policy=strict(removal_unannounced=severity)))
        assert judgement.verdict is verdict
        assert told(judgement) == [("removal-unannounced", severity.value)]
    off = judge(changed(scene, policy=strict(removal_unannounced=Severity.OFF)))
    assert (off.verdict, off.findings) == (Verdict.PASS, ())


def test_a_policy_can_make_a_warning_fail():
    scene = asked(stages=(StageMove("ai-builder", Stage.GA, ever=frozenset({Stage.ALPHA})),))

    assert judge(changed(scene, policy=strict(stage_skipped=Severity.ERROR))).verdict is (
        Verdict.FAIL
    )


def test_no_policy_makes_best_effort_more_than_a_warning():
    best = feature(owed=owed_from(TODAY, pro=None))
    scene = asked(removals=(best,))

    assert told(judge(scene)) == [("removal-unannounced", "warning")]
    stricter = changed(scene, policy=strict(removal_unannounced=Severity.ERROR))
    assert told(judge(stricter)) == [("removal-unannounced", "warning")]
    milder_one = changed(scene, policy=strict(removal_unannounced=Severity.NOTE))
    assert told(judge(milder_one)) == [("removal-unannounced", "note")]


# What is asked


def test_a_version_that_cannot_be_read_is_all_that_is_told_whatever_the_policy_says():
    scene = changed(failing_scene(version_unparsable), removals=(feature(),))

    for policy in (POLICY, None, strict(version_unparsable=Severity.OFF)):
        judgement = judge(changed(scene, policy=policy))
        assert told(judgement) == [("version-unparsable", "error")]
        assert (judgement.verdict, judgement.decided) == (Verdict.FAIL, True)


def test_a_prerelease_owes_nothing():
    scene = asked(
        PRERELEASE,
        removals=(feature(),),
        breaks=(feature("rest-v1"),),
        stages=(StageMove("ai-builder", Stage.BETA, before=Stage.GA),),
    )

    assert told(judge(scene)) == [("prerelease", "note")]


def test_a_prerelease_has_to_be_newer_and_judged_by_facts():
    version = msgspec.structs.replace(PRERELEASE, newest_in_line="3.40.0", newer=False)
    scene = msgspec.structs.replace(failing_scene(facts_stale), version=version)

    assert told(judge(scene)) == [
        ("facts-stale", "error"),
        ("version-not-newer", "error"),
        ("prerelease", "note"),
    ]


def test_without_a_policy_only_the_version_is_judged_and_nothing_decided():
    version = msgspec.structs.replace(VERSION, newest_in_line="3.40.1", newer=False)
    judgement = judge(asked(version, policy=None, removals=(feature(),)))

    assert told(judgement) == [("policy-missing", "error"), ("version-not-newer", "error")]
    assert (judgement.verdict, judgement.decided) == (Verdict.FAIL, False)


def test_a_prerelease_without_a_policy_is_not_decided():
    judgement = judge(asked(PRERELEASE, policy=None))

    assert told(judgement) == [("policy-missing", "error"), ("prerelease", "note")]
    assert (judgement.verdict, judgement.decided) == (Verdict.FAIL, False)


def test_stale_facts_decide_nothing_unless_a_policy_holds_them_less_grave():
    scene = failing_scene(facts_stale)

    def by(severity):
        gate = msgspec.structs.replace(scene.policy.gate, rules={"facts-stale": severity})
        judgement = judge(changed(scene, policy=msgspec.structs.replace(scene.policy, gate=gate)))
        return judgement.verdict.value, judgement.decided

    assert by(Severity.ERROR) == ("fail", False)
    assert by(Severity.WARNING) == ("warn", True)
    assert by(Severity.NOTE) == ("pass", True)
    assert by(Severity.OFF) == ("pass", True)


def test_what_else_is_wrong_is_told_beside_what_is_not_decided():
    judgement = judge(changed(failing_scene(facts_stale), removals=(feature(),)))

    assert told(judgement) == [("facts-stale", "error"), ("removal-unannounced", "error")]
    assert not judgement.decided


# Waivers


def waiving(scene, *waivers):
    return judge(changed(scene, waivers=waivers))


def test_a_waiver_takes_the_place_of_what_it_waives_until_its_last_day():
    scene = asked(removals=(feature(path=("removes", 0)),))

    judgement = waiving(scene, waived("removal-unannounced", "legacy-connector", until=TODAY))

    assert told(judgement) == [("waiver-used", "note")]
    assert judgement.verdict is Verdict.PASS
    assert judgement.findings[0].evidence["waived"]["rule"] == "removal-unannounced"
    assert judgement.findings[0].path == ("removes", 0)


def test_a_waiver_must_last_until_the_day_of_the_release():
    scene = asked(removals=(feature(),), day=TODAY + 9 * DAY)
    for until, rule in ((TODAY + 9 * DAY, "waiver-used"), (TODAY + 8 * DAY, "waiver-expired")):
        judgement = waiving(scene, waived("removal-unannounced", "legacy-connector", until=until))

        assert rule in {finding.rule for finding in judgement.findings}


def test_no_policy_lets_a_version_that_is_out_be_released_again():
    out = msgspec.structs.replace(VERSION, known=CatalogueState.RELEASED, known_as="3.40.0")
    lenient = msgspec.structs.replace(
        POLICY, gate=Gate({"version-not-newer": Severity.OFF, "prerelease": Severity.OFF})
    )

    assert judge(asked(out, policy=lenient)).verdict is Verdict.FAIL


def test_a_waiver_that_has_expired_is_told_beside_what_it_waived():
    scene = asked(removals=(feature(),))

    judgement = waiving(scene, waived("removal-unannounced", "legacy-connector", until=TODAY - DAY))

    assert told(judgement) == [("removal-unannounced", "error"), ("waiver-expired", "error")]
    assert judgement.verdict is Verdict.FAIL


def test_of_several_waivers_the_one_that_lasts_longest_counts():
    scene = asked(removals=(feature(),))
    waivers = [
        waived("removal-unannounced", "legacy-connector", until=day)
        for day in (TODAY - DAY, TODAY + DAY, TODAY - 2 * DAY)
    ]

    (one,) = waiving(scene, *waivers).findings

    assert one.rule == "waiver-used"
    assert "until 2026-12-02" in one.message


@pytest.mark.parametrize(
    ("rule", "subject"),
    [
        ("removal-unannounced", "rest-v1"),
        ("removal-unannounced", None),
        ("removal-too-soon", "legacy-connector"),
        (None, "legacy-connector"),
        (None, None),
    ],
)
def test_a_waiver_waives_nothing_else(rule, subject):
    scene = asked(removals=(feature(),))

    assert told(waiving(scene, waived(rule, subject))) == [("removal-unannounced", "error")]


@pytest.mark.parametrize("rule", sorted(UNWAIVABLE))
def test_what_no_waiver_may_break_is_not_waived(rule):
    (one,) = [each for each in RULES if rule == each.ID]
    scene = failing_scene(one)
    before = judge(scene)
    waivers = tuple(
        waived(finding.rule, finding.subject) for finding in before.findings if finding.rule == rule
    )

    assert judge(changed(scene, waivers=(*scene.waivers, *waivers))) == before


def test_a_waiver_is_not_told_of_a_rule_that_is_off():
    scene = asked(removals=(feature(),), policy=strict(removal_unannounced=Severity.OFF))

    for until in (TODAY, TODAY - DAY):
        waiver = waived("removal-unannounced", "legacy-connector", until=until)
        assert waiving(scene, waiver).findings == ()


def test_what_is_said_of_a_waiver_weighs_no_more_than_what_it_waives():
    best = asked(removals=(feature(owed=owed_from(TODAY, pro=None)),))
    expired = waived("removal-unannounced", "legacy-connector", until=TODAY - DAY)
    used = waived("removal-unannounced", "legacy-connector")
    strictest = strict(waiver_used=Severity.ERROR, waiver_expired=Severity.ERROR)

    assert told(waiving(best, expired)) == [
        ("removal-unannounced", "warning"),
        ("waiver-expired", "warning"),
    ]
    assert told(waiving(changed(best, policy=strictest), used)) == [("waiver-used", "warning")]
    grave = asked(removals=(feature(),), policy=strictest)
    assert told(waiving(grave, used)) == [("waiver-used", "error")]


def test_a_policy_may_keep_quiet_of_waivers():
    used = waived("removal-unannounced", "legacy-connector")
    quiet = asked(removals=(feature(),), policy=strict(waiver_used=Severity.OFF))

    assert waiving(quiet, used).findings == ()


# Whatever is asked

severities = st.sampled_from(list(Severity))
policies = st.builds(
    lambda stated: msgspec.structs.replace(POLICY, gate=Gate(stated)),
    st.dictionaries(st.sampled_from([rule.ID for rule in RULES]), severities),
)
days = st.integers(-400, 400).map(lambda days: TODAY + days * DAY)
periods = st.dictionaries(
    st.sampled_from(["pro", "enterprise"]), st.none() | st.integers(1, 300), min_size=1
)
announcements = st.builds(
    lambda on, kind, staggered, owed, reached: announced(
        on,
        days={tier: max(day, on) for tier, day in staggered.items()},
        owed=owed_from(on, **owed),
        from_version=None if reached else "4.0.0",
        reached=reached,
    ),
    days.filter(lambda day: day <= TODAY),
    st.none(),
    st.dictionaries(st.sampled_from(["pro", "enterprise"]), days, min_size=1),
    periods,
    st.booleans(),
)
keys = st.sampled_from(["legacy-connector", "rest-v1", "ai-builder"])
features = st.one_of(
    st.builds(exempt, keys),
    st.builds(
        lambda key, owed, told, gone: feature(
            key, owed=owed_from(TODAY, **owed), announced=told, gone=gone
        ),
        keys,
        periods,
        st.none() | announcements,
        st.booleans(),
    ),
)
moves = st.builds(
    lambda key, to, before, broken: StageMove(key, to, before=before, broken=broken),
    keys,
    st.sampled_from(list(Stage)),
    st.none() | st.sampled_from(list(Stage)),
    st.none() | announcements,
)
waivers = st.builds(waived, st.sampled_from([rule.ID for rule in RULES]), keys, until=days)
scenes = st.builds(
    lambda version, policy, removals, breaks, stages, waivers: asked(
        version,
        policy=policy,
        removals=tuple(removals),
        breaks=tuple(breaks),
        stages=tuple(stages),
        waivers=tuple(waivers),
    ),
    st.sampled_from([VERSION, MAJOR, PRERELEASE, failing_scene(version_not_newer).version]),
    st.just(POLICY) | policies,
    st.lists(features, max_size=3),
    st.lists(features, max_size=2),
    st.lists(moves, max_size=2),
    st.lists(waivers, max_size=3),
)
SOON = {"removal-too-soon", "break-too-soon"}


@given(scenes, st.integers(0, 900))
def test_postponing_a_release_never_makes_it_too_soon(scene, later):
    postponed = changed(scene, day=scene.day + later * DAY)

    def soon(scene):
        return {
            (finding.rule, finding.subject)
            for finding in judge(scene).findings
            if finding.rule in SOON
        }

    assert soon(postponed) <= soon(scene)


@given(scenes)
def test_a_release_on_the_day_that_a_finding_names_is_no_longer_too_soon(scene):
    found = [finding for finding in judge(scene).findings if finding.rule in SOON]
    named = [each.evidence["not_before"] for each in found if each.evidence["not_before"]]
    last = max([*map(date.fromisoformat, named), scene.day])

    left = [finding for finding in judge(changed(scene, day=last)).findings if finding.rule in SOON]

    assert {each.evidence["not_before"] for each in left} <= {None}


@given(scenes)
def test_a_verdict_follows_from_what_is_told(scene):
    judgement = judge(scene)
    order = [GRAVITY.index(finding.severity) for finding in judgement.findings]

    assert judge(scene) == judgement
    assert judgement.decided
    assert judgement.verdict is verdict_of(judgement.findings)
    assert order == sorted(order, reverse=True)
    assert Severity.OFF not in {finding.severity for finding in judgement.findings}


@given(scenes)
def test_nothing_weighs_more_than_its_policy_says_and_it_bears(scene):
    for finding in judge(scene).findings:
        (rule,) = [rule for rule in RULES if finding.rule == rule.ID]
        stated = scene.policy.gate.rules.get(finding.rule, rule.SEVERITY)
        assert finding.severity is milder(stated, finding.at_most)


@given(scenes, waivers)
def test_a_waiver_touches_no_other_subject_and_makes_nothing_worse(scene, waiver):
    def others(judgement):
        return [
            finding
            for finding in judgement.findings
            if finding.subject != waiver.subject or finding.rule in UNWAIVABLE - {"waiver-expired"}
            if finding.rule != "waiver-used"
        ]

    before, after = judge(scene), judge(changed(scene, waivers=(*scene.waivers, waiver)))

    assert [other for other in others(before) if other.subject != waiver.subject] == [
        other for other in others(after) if other.subject != waiver.subject
    ]
    assert list(Verdict).index(after.verdict) <= list(Verdict).index(before.verdict)


findings = st.builds(
    lambda severity: Finding("rule", "message", "fix", severity=severity), severities
)


@given(st.lists(findings), findings)
def test_one_more_finding_never_makes_a_verdict_milder(several, one):
    order = list(Verdict).index

    assert order(verdict_of([*several, one])) >= order(verdict_of(several))
    assert verdict_of([*several, one], decided=False) is Verdict.FAIL


@given(scenes)
def test_a_graver_policy_never_makes_a_verdict_milder(scene):
    gate = Gate({rule.ID: Severity.ERROR for rule in RULES if rule.ID != "waiver-used"})
    gravest = judge(changed(scene, policy=msgspec.structs.replace(POLICY, gate=gate)))

    assert list(Verdict).index(gravest.verdict) >= list(Verdict).index(judge(scene).verdict)
