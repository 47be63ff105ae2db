from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.rules.sentences import announcement_evidence, counted
from lifecycle.policy.policies import Severity
from lifecycle.policy.windows import Granularity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene, Version

ID = "break-needs-major"
SEVERITY = Severity.WARNING


def check(scene: Scene) -> Iterator[Finding]:
    """A breaking change goes out in a version that promises none.

    Why: under semantic versions only a new major breaks, or before 1.0 a new minor; tools that
    upgrade automatically rely on it, whatever was announced. Schemes that promise nothing of the
    kind, and features that are exempt, are left alone.
    Fix: release it as a new major version, or keep the feature as it is.
    """
    version = scene.version
    if not version.semantic or version.step is None or _may_break(version):
        return
    unit = "minor" if version.initial else "major"
    for change in scene.breaks:
        if change.gone or change.exempt:
            continue
        yield Finding(
            ID,
            f"{change.key} breaks what uses it in {version.text}, which after {version.before} is"
            f" only a {version.step} release. Used by {counted(change.running)}.",
            f"Break {change.key} in a {unit} release, or keep it as it is in {version.text}.",
            subject=change.key,
            evidence={
                "before": version.before,
                "step": version.step,
                "needs": unit,
                "running": change.running,
                **announcement_evidence(change.announced),
            },
            path=change.path,
        )


def _may_break(version: Version) -> bool:
    return version.step is Granularity.MAJOR or (
        version.initial and version.step is Granularity.MINOR
    )


FAILS = "3.40.0 breaks rest-v1 in a minor release."
PASSES = "4.0.0 breaks rest-v1."
