from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.rules.feature_changes import find_too_soon
from lifecycle.policy.policies import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene
    from lifecycle.reports.findings import Finding

ID = "removal-too-soon"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """A feature is removed before the day, or the version, that was announced or promised.

    Why: customers plan their migration around what was announced. A removal staggered by
    tier counts from the last tier's day, because one release removes the feature for all.
    Fix: release later, or keep the feature until the version that was announced.
    """
    yield from find_too_soon(ID, scene, scene.removals, happens="is removed")


FAILS = "3.40.0 removes legacy-connector 90 days after its announcement; Enterprise requires 180."
PASSES = "3.40.0 removes legacy-connector 180 days after its announcement."
