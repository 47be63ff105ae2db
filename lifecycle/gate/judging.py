"""Judging: every rule is asked, severities and waivers are applied, and a verdict follows (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.gate.findings import GRAVITY, Finding, Judgement, milder, verdict_of
from lifecycle.gate.rules import DECISIVE, RULES, UNWAIVABLE, waiver_expired, waiver_used
from lifecycle.policy.policies import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lifecycle.gate.scenes import Scene, Waiver


def judge(scene: Scene) -> Judgement:
    """Give the verdict on a release; without the facts it needs it is not decided, and fails."""
    found = [each for rule in RULES for each in _severe(scene, rule.SEVERITY, rule.check(scene))]
    findings = [each for one in found for each in _waived(scene, one)]
    findings = [each for each in findings if each.severity is not Severity.OFF]
    findings.sort(key=lambda each: -GRAVITY.index(each.severity))
    decided = not any(each.rule in DECISIVE for each in findings)
    return Judgement(verdict_of(findings, decided=decided), decided, tuple(findings))


def _severe(scene: Scene, default: Severity, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Give findings the severity that the policy says, or the rule; never more than they bear."""
    stated = scene.policy.gate.rules if scene.policy else {}
    for each in findings:
        severity = milder(stated.get(each.rule, default), each.at_most)
        yield msgspec.structs.replace(each, severity=severity)


def _waived(scene: Scene, finding: Finding) -> Iterator[Finding]:
    """Let a waiver for the rule and its subject take a finding's place; say where one expired."""
    waivers = [each for each in scene.waivers if _is_for(each, finding)]
    if finding.rule in UNWAIVABLE or not waivers or finding.severity is Severity.OFF:
        yield finding
        return
    latest = max(waivers, key=lambda waiver: waiver.until)
    rule = waiver_used if latest.until >= scene.at else waiver_expired
    if rule is waiver_expired:
        yield finding
    yield from _severe(scene, rule.SEVERITY, [rule.found(latest, finding)])


def _is_for(waiver: Waiver, finding: Finding) -> bool:
    return waiver.rule == finding.rule and waiver.subject == finding.subject
