from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.rules.sentences import announcement_evidence, counted
from lifecycle.policy.policies import Severity
from lifecycle.policy.windows import Granularity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene

ID = "removal-in-patch"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """A patch release removes a feature.

    Why: patches are often installed automatically and without review; nobody expects a patch to
    remove a feature, announced or not. A feature that is exempt may be removed in a patch.
    Fix: keep the feature in the patch, and remove it in a minor release.
    """
    if scene.version.step is not Granularity.PATCH:
        return
    for change in scene.removals:
        if change.gone or change.exempt:
            continue
        yield Finding(
            ID,
            f"{scene.version.text} is a patch of {scene.version.before}, and removes {change.key},"
            f" used by {counted(change.running)}.",
            f"Keep {change.key} in {scene.version.text}, and remove it in a minor release.",
            subject=change.key,
            evidence={
                "before": scene.version.before,
                "step": scene.version.step,
                "running": change.running,
                **announcement_evidence(change.announced),
            },
            path=change.path,
        )


FAILS = "3.39.2 removes legacy-connector, whose day has come, though it is a patch."
PASSES = "3.40.0, a minor release, removes legacy-connector, whose day has come."
