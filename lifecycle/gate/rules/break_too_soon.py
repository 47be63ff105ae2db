from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.rules.feature_changes import find_too_soon
from lifecycle.policy.policies import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene
    from lifecycle.reports.findings import Finding

ID = "break-too-soon"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """A feature breaks what uses it before the day, or the version, that was announced or promised.

    Why: customers adapt by the announced day. One release breaks it for every tier, so the
    latest day of all decides.
    Fix: release later, or keep the feature as it is until the version that was announced.
    """
    yield from find_too_soon(
        ID, scene, scene.breaks, happens="breaks what uses it", exception=" as it is"
    )


FAILS = "4.0.0 breaks rest-v1 179 days after its announcement, a day too soon."
PASSES = "4.0.0 breaks rest-v1 180 days after its announcement."
