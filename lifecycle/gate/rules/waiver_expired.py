from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.rules.waiver_used import waiver_evidence
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene, Waiver

ID = "waiver-expired"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:  # noqa: ARG001 - found beside another rule's finding
    """A promise is broken, and the waiver that allowed it has expired.

    Why: a waiver is a decision for a limited time; after that, somebody has to decide again, or
    the promise holds again.
    Fix: fix what the waiver was for, or have a person with the scope publish grant a new one.
    """
    yield from ()


def found(waiver: Waiver, finding: Finding) -> Finding:
    """Make the finding that stands beside one whose waiver has expired."""
    reason = waiver.reason.replace("_", " ")
    return Finding(
        ID,
        f"The waiver of {finding.rule} on {finding.subject}, which {waiver.person} decided"
        f" ({reason}: {waiver.explanation}), expired on {waiver.until}.",
        "Fix what it was for, or ask a person with the scope publish for a new waiver.",
        subject=finding.subject,
        evidence=waiver_evidence(waiver) | {"rule": finding.rule},
        path=finding.path,
    )


FAILS = (
    "3.40.0 removes legacy-connector, which nobody announced; a waiver let it go until yesterday."
)
PASSES = "3.40.0 removes legacy-connector, which nobody announced; a waiver lets it go until today."
