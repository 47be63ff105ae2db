from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.rules.feature_changes import find_unannounced
from lifecycle.policy.policies import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene
    from lifecycle.reports.findings import Finding

ID = "removal-unannounced"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """A feature is removed without an announcement.

    Why: whoever uses it counted on it, and a removal without notice breaks them on the day they
    upgrade. What never was more than exempt may go unannounced; where a tier is promised only best
    effort, this warns.
    Fix: keep the feature in this release, and announce its removal.
    """
    yield from find_unannounced(ID, scene, scene.removals, happens="is removed")


FAILS = "3.40.0 removes legacy-connector, a GA feature, and nobody announced it."
PASSES = "3.40.0 removes smart-labels, which was never more than beta."
