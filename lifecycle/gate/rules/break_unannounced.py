from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.rules.feature_changes import find_unannounced
from lifecycle.policy.policies import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene
    from lifecycle.reports.findings import Finding

ID = "break-unannounced"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """A feature changes so that what uses it breaks, and nobody announced it.

    Why: whoever upgrades finds out when something breaks. An announced breaking change, removal or
    discontinuation of the feature is notice enough. A feature that was never beyond an exempt stage
    needs no announcement; where a tier is promised notice only on a best-effort basis, this warns.
    Fix: keep the feature as it is in this release, and announce the breaking change.
    """
    yield from find_unannounced(
        ID, scene, scene.breaks, happens="breaks what uses it", exception=" as it is"
    )


FAILS = "4.0.0 breaks rest-v1, a GA feature, and nobody announced it."
PASSES = "4.0.0 breaks rest-v1, which was announced 180 days ago."
