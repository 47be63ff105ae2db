from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.rules.sentences import announcement_evidence, counted
from lifecycle.policy.policies import Severity
from lifecycle.policy.stages import promises_less
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene

ID = "replacement-less-stable"
SEVERITY = Severity.WARNING


def check(scene: Scene) -> Iterator[Finding]:
    """What is removed or broken is to be replaced by a feature that promises less.

    Why: customers are sent from what they could rely on to what may change without notice. What is
    exempt itself promised nothing either.
    Fix: bring the replacement to the same stage first, or name another.
    """
    for change in (*scene.removals, *scene.breaks):
        replacement = change.replacement
        if (
            change.gone
            or change.exempt
            or replacement is None
            or not promises_less(replacement.stage, change.stage)
        ):
            continue
        yield Finding(
            ID,
            f"{change.key} was {change.stage}, and its replacement {replacement.name} is only"
            f" {replacement.stage} in {scene.version.text}. Used by {counted(change.running)}.",
            f"Make {replacement.name} {change.stage} first, or name another replacement.",
            subject=change.key,
            evidence={
                "stage": change.stage,
                "replacement": {"name": replacement.name, "stage": replacement.stage},
                "running": change.running,
                **announcement_evidence(change.announced),
            },
            path=change.path,
        )


FAILS = "3.40.0 removes legacy-connector, which was GA, in favour of new-connector, which is beta."
PASSES = "3.40.0 removes legacy-connector in favour of new-connector; both are GA."
