from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.findings import Finding
from lifecycle.gate.rules.examples import Example, asked, exempt, feature
from lifecycle.gate.rules.waiting import gravest, missing_word, unannounced
from lifecycle.gate.rules.wording import (
    announcement_evidence,
    by_announcing,
    counted,
    owed_evidence,
)
from lifecycle.policy.policies import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene

ID = "removal-unannounced"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """A feature is removed that nobody announced would go.

    Why: whoever uses it planned with its being there, and a removal without notice breaks them on
    the day they upgrade. What never was more than exempt may go unannounced; where a tier is owed
    only best effort, this warns.
    Fix: keep the feature in this release, and announce its removal.
    """
    for change in scene.removals:
        owed = unannounced(change)
        if change.gone or not owed:
            continue
        yield Finding(
            ID,
            f"{change.key} is removed, and {missing_word(change)}"
            f" Used by {counted(change.running)}.",
            f"Keep {change.key} in this release, and {by_announcing(owed, scene.at)}.",
            subject=change.key,
            evidence={
                "owed": owed_evidence(owed),
                "running": change.running,
                **announcement_evidence(change.announced),
            },
            path=change.path,
            at_most=gravest(owed),
        )


FAILS = Example(
    "3.40.0 removes legacy-connector, a GA feature, and nobody announced it.",
    asked(removals=(feature("legacy-connector", running={"enterprise": 3}),)),
)
PASSES = Example(
    "3.40.0 removes smart-labels, which was never more than beta.",
    asked(removals=(exempt("smart-labels"),)),
)
