from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.rules.outstanding_waits import wait_for
from lifecycle.gate.rules.sentences import announcement_evidence
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene

ID = "removal-overdue"
SEVERITY = Severity.WARNING


def check(scene: Scene) -> Iterator[Finding]:
    """A feature is still there, though the day of its announced removal has passed.

    Why: customers planned for that day; if it passes and nothing happens, they learn to wait. A
    removal is not overdue while releases promised before it are still to come.
    Fix: remove the feature in this release, or postpone or withdraw its removal.
    """
    removed = {change.key for change in scene.removals}
    for overdue in scene.overdue:
        if overdue.key in removed or wait_for(overdue.announced, scene):
            continue
        yield Finding(
            ID,
            f"{overdue.key} should have been removed on {overdue.announced.effective_on},"
            f" as announced on {overdue.announced.announced_on}, and is still there.",
            f"Remove {overdue.key} in this release (`removes: [{overdue.key}]`), or amend its"
            f" removal to a day after {scene.day}.",
            subject=overdue.key,
            evidence=announcement_evidence(overdue.announced),
        )


FAILS = "legacy-connector was to be removed on 28 October 2026; 3.40.0 still contains it."
PASSES = "legacy-connector was to be removed on 28 October 2026; 3.40.0 removes it."
