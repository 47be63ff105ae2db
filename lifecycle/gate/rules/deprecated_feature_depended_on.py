from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Dependence, Scene

ID = "deprecated-feature-depended-on"
SEVERITY = Severity.WARNING


def check(scene: Scene) -> Iterator[Finding]:
    """A feature that others depend on or are replaced by is removed or deprecated.

    Why: removing it breaks what depends on it; and whoever moved to it as the announced
    replacement of something else has to move again.
    Fix: remove these dependencies first, and name another replacement.
    """
    for dependence in scene.dependences:
        if not dependence.needed_by and not dependence.replaces:
            continue
        goes = "is removed" if dependence.removed else "is deprecated"
        yield Finding(
            ID,
            f"{dependence.key} {goes}, but {' and '.join(_needs(dependence))}.",
            f"{'. '.join(_ways_out(dependence))}.",
            subject=dependence.key,
            evidence={
                "removed": dependence.removed,
                "needed_by": list(dependence.needed_by),
                "replaces": list(dependence.replaces),
            },
            path=dependence.path,
        )


def _needs(dependence: Dependence) -> Iterator[str]:
    if dependence.needed_by:
        yield f"is needed by {', '.join(dependence.needed_by)}"
    if dependence.replaces:
        yield f"is the announced replacement of {', '.join(dependence.replaces)}"


def _ways_out(dependence: Dependence) -> Iterator[str]:
    if dependence.needed_by:
        yield f"Remove the dependency of {', '.join(dependence.needed_by)} on {dependence.key}"
    if dependence.replaces:
        yield f"Name another replacement for {', '.join(dependence.replaces)}"


FAILS = "3.40.0 removes legacy-connector, which ai-builder depends on."
PASSES = "3.40.0 removes legacy-connector, which nothing needs."
