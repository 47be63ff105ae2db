from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from lifecycle.gate.findings import Finding
from lifecycle.gate.rules.examples import TODAY, Example, announced, asked, feature
from lifecycle.gate.rules.waiting import gravest, reasons, wait_evidence, wait_for, way_out
from lifecycle.gate.rules.wording import counted
from lifecycle.policy.policies import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene

ID = "removal-too-soon"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """A feature is removed before the day, or the version, that was announced or is owed.

    Why: customers plan their migration around what they were told. A removal that is staggered
    over tiers is in force once the latest of them has its day, since one release takes the feature
    from all.
    Fix: release later, or keep the feature until the version that was announced.
    """
    for change in scene.removals:
        if change.gone or change.exempt or change.announced is None:
            continue
        wait = wait_for(change.announced, scene)
        if not wait:
            continue
        yield Finding(
            ID,
            f"{change.key} is removed on {scene.day}, which is too soon: {reasons(wait)}."
            f" Used by {counted(change.running)}.",
            way_out(wait, f"keep {change.key}", scene.day),
            subject=change.key,
            evidence=wait_evidence(wait) | {"running": change.running},
            path=change.path,
            at_most=gravest(wait.forced_by(change.owed)),
        )


FAILS = Example(
    "3.40.0 removes legacy-connector 90 days after its announcement; Enterprise is owed 180.",
    asked(removals=(feature(announced=announced(TODAY - timedelta(days=90))),)),
)
PASSES = Example(
    "3.40.0 removes legacy-connector 180 days after its announcement.",
    asked(removals=(feature(announced=announced(TODAY - timedelta(days=180))),)),
)
