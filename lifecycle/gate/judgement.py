"""Judgement: rules are asked, severities and waivers applied, and a verdict follows (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.gate.rules import (
    ALWAYS,
    DECISIVE,
    RULES,
    version_unparsable,
    waiver_expired,
    waiver_used,
)
from lifecycle.policy.gate_rules import UNWAIVABLE
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import GRAVITY, Finding, Judgement, milder, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lifecycle.gate.rules import Rule
    from lifecycle.gate.scenes import Scene, Waiver


def judge(scene: Scene) -> Judgement:
    """Return the verdict on a release; without the facts it needs it is not decided, and fails.

    A prerelease is exempt from all but what is asked of any version; so is one without a policy,
    which is not decided. Of a version that cannot be read nothing else is known.
    """
    raised = [
        finding
        for rule in _asked(scene)
        for finding in _severe(scene, rule.SEVERITY, rule.check(scene))
    ]
    findings = [finding for raised_finding in raised for finding in _waived(scene, raised_finding)]
    findings = [finding for finding in findings if finding.severity is not Severity.OFF]
    findings.sort(key=lambda finding: -GRAVITY.index(finding.severity))
    decided = not any(_undecides(finding) for finding in findings)
    return Judgement(verdict_of(findings, decided=decided), decided, tuple(findings))


def _asked(scene: Scene) -> Iterator[Rule]:
    """Yield the rules that a scene is judged by, in the order in which they are reported."""
    if scene.version.fault is not None:
        return (rule for rule in RULES if rule is version_unparsable)
    promises = scene.policy is not None and not scene.version.prerelease
    return (rule for rule in RULES if promises or rule.ID in ALWAYS)


def _undecides(finding: Finding) -> bool:
    """Return whether the gate lacks what it needs; a policy may hold that to be less grave."""
    return finding.rule in DECISIVE and finding.severity is Severity.ERROR


def _severe(scene: Scene, default: Severity, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings with the policy's severity, or the rule's; never above their own limit."""
    stated = scene.policy.gate.rules if scene.policy and scene.version.fault is None else {}
    for finding in findings:
        severity = milder(
            default if finding.firm else stated.get(finding.rule, default), finding.at_most
        )
        yield msgspec.structs.replace(finding, severity=severity)


def _waived(scene: Scene, finding: Finding) -> Iterator[Finding]:
    """Let a waiver for the rule and its subject take a finding's place; say where one expired.

    It must last until the day of the release; what is said of it weighs no more than what it
    waives.
    """
    waivers = [waiver for waiver in scene.waivers if _is_for(waiver, finding)]
    if finding.rule in UNWAIVABLE or not waivers or finding.severity is Severity.OFF:
        yield finding
        return
    latest = max(waivers, key=lambda waiver: waiver.until)
    rule = waiver_used if latest.until >= scene.day else waiver_expired
    if rule is waiver_expired:
        yield finding
    waived = msgspec.structs.replace(rule.found(latest, finding), at_most=finding.severity)
    yield from _severe(scene, rule.SEVERITY, [waived])


def _is_for(waiver: Waiver, finding: Finding) -> bool:
    return waiver.rule == finding.rule and waiver.subject == finding.subject
