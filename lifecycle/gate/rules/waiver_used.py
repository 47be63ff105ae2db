from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.gate.rules.carried_out import carried_out
from lifecycle.gate.rules.sentences import announcement_evidence
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene, Waiver

ID = "waiver-used"
SEVERITY = Severity.NOTE


def check(scene: Scene) -> Iterator[Finding]:
    """A promise is broken, and a waiver allows it.

    Why: a waiver lets a named person break a promise for a reason; whoever releases, and whoever
    reads the verdict later, should see which promise that was.
    Fix: nothing needs to change; a release that keeps every promise needs no waiver.
    """
    for change in carried_out(scene):
        waiver = change.announced.waiver
        if waiver is None:
            continue
        yield Finding(
            ID,
            f"{change.named}: announced on {change.announced.announced_on} for"
            f" {change.announced.effective_on}, which {_decided(waiver)}.",
            "Nothing needs to change: the announcement stands.",
            subject=change.subjects[0],
            evidence=announcement_evidence(change.announced) | waiver_evidence(waiver),
            path=change.path,
        )


def found(waiver: Waiver, finding: Finding) -> Finding:
    """Make the note that takes a waived finding's place."""
    return Finding(
        ID,
        f"{finding.rule} on {finding.subject} is waived until {waiver.until}, which"
        f" {_decided(waiver)}. What it waives: {finding.message}",
        f"Nothing needs to change until {waiver.until}; after that day: {finding.fix}",
        subject=finding.subject,
        evidence=waiver_evidence(waiver)
        | {
            "waived": {
                "rule": finding.rule,
                "message": finding.message,
                "evidence": finding.evidence,
            }
        },
        path=finding.path,
    )


def waiver_evidence(waiver: Waiver) -> dict[str, Any]:
    """Return a waiver's evidence: who decided it, why, and the last day on which it may be used."""
    return {
        "waiver": waiver.uid,
        "person": waiver.person,
        "reason": waiver.reason,
        "explanation": waiver.explanation,
        "until": waiver.until.isoformat(),
    }


def _decided(waiver: Waiver) -> str:
    reason = waiver.reason.replace("_", " ")
    return f"{waiver.person} decided ({reason}: {waiver.explanation})"


FAILS = (
    "3.40.0 removes legacy-connector on the day that a court ordered, a month after it was"
    " announced."
)
PASSES = "3.40.0 removes legacy-connector, which was announced in time."
