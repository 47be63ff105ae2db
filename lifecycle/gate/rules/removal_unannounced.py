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

    Why: customers who use it counted on it, and a removal without notice breaks their systems when
    they upgrade. A feature that was never beyond an exempt stage needs no announcement; where a
    tier is promised notice only on a best-effort basis, this warns.
    Fix: keep the feature in this release, and announce its removal.
    """
    yield from find_unannounced(ID, scene, scene.removals, happens="is removed")


FAILS = "3.40.0 removes legacy-connector, a GA feature, and nobody announced it."
PASSES = "3.40.0 removes smart-labels, which was never more than beta."
