"""What holds of every rule of the gate."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from lifecycle.gate import rules
from lifecycle.gate.judgement import judge
from lifecycle.gate.manifests import Manifest
from lifecycle.gate.rules import ALWAYS, DECISIVE, RULES
from lifecycle.policy.gate_rules import UNWAIVABLE
from lifecycle.policy.policies import Severity
from testkit.rule_examples import failing_scene, passing_scene
from testkit.rule_findings import TOLD, USED

SHARED = {
    "__init__",
    "carried_out",
    "feature_changes",
    "documentation",
    "outstanding_waits",
    "sentences",
}
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.ID)


def test_every_module_of_rules_is_asked():
    folder = Path(str(rules.__file__)).parent
    modules = {path.stem for path in folder.glob("*.py")} - SHARED

    assert sorted(rule.ID for rule in RULES) == sorted(name.replace("_", "-") for name in modules)


def test_what_cannot_be_decided_or_waived_is_said_once():
    assert {"policy-missing", "facts-stale"} == DECISIVE
    assert DECISIVE | {"version-unparsable", "version-not-newer", "prerelease"} == ALWAYS
    assert ALWAYS | {"version-superseded", "waiver-used", "waiver-expired"} == UNWAIVABLE


@every_rule
def test_a_rule_finds_its_failing_example(rule):
    found = [finding for finding in judge(failing_scene(rule)).findings if finding.rule == rule.ID]

    assert len(found) == 1
    assert milder_or_same(found[0].severity, rule.SEVERITY)


def placed(scene):
    """Let the manifest name what the scene holds, and three accounts use what goes."""
    parts = {part: {} for part in ("stages", "drops", "dependences")}
    parts |= {part: {"running": USED} for part in ("removals", "breaks", "uncompared")}
    parts |= {"unregistered": {}}
    held = {
        part: tuple(
            msgspec.structs.replace(each, path=(part, n), **more)
            for n, each in enumerate(getattr(scene, part))
        )
        for part, more in parts.items()
    }
    return msgspec.structs.replace(scene, **held)


@every_rule
def test_a_rule_tells_its_failing_example_with_evidence_and_a_way_out(rule):
    found = [
        finding
        for finding in judge(placed(failing_scene(rule))).findings
        if finding.rule == rule.ID
    ]

    assert found == [TOLD[rule.ID]]
    assert rule.SEVERITY is TOLD[rule.ID].severity


def milder_or_same(one, other):
    order = list(Severity)
    return order.index(one) >= order.index(other)


@every_rule
def test_a_rule_does_not_find_its_passing_example(rule):
    assert rule.ID not in {finding.rule for finding in judge(passing_scene(rule)).findings}
    assert not list(rule.check(passing_scene(rule)))


@every_rule
def test_a_rule_finds_nothing_but_its_own(rule):
    for scene in (failing_scene(rule), passing_scene(rule)):
        assert {each.rule for each in rule.check(scene)} <= {rule.ID}


@every_rule
def test_a_finding_can_be_kept_and_told(rule):
    for finding in judge(failing_scene(rule)).findings:
        kept = json.loads(msgspec.json.encode(finding))

        assert kept["message"].endswith(".")
        assert kept["fix"].endswith(".")
        assert kept["evidence"] == msgspec.to_builtins(finding.evidence)


@every_rule
def test_an_example_is_of_one_release_that_is_told_in_a_sentence(rule):
    for sentence, scene in (
        (rule.FAILS, failing_scene(rule)),
        (rule.PASSES, passing_scene(rule)),
    ):
        assert sentence.endswith(".")
        assert isinstance(scene.manifest, Manifest)
        assert scene.manifest.version == scene.version.text
        assert scene.at <= scene.day
