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
    for each in scene.dependences:
        if not each.needed_by and not each.replaces:
            continue
        goes = "is removed" if each.removed else "is deprecated"
        yield Finding(
            ID,
            f"{each.key} {goes}, but {' and '.join(_needs(each))}.",
            f"{'. '.join(_ways_out(each))}.",
            subject=each.key,
            evidence={
                "removed": each.removed,
                "needed_by": list(each.needed_by),
                "replaces": list(each.replaces),
            },
            path=each.path,
        )


def _needs(each: Dependence) -> Iterator[str]:
    if each.needed_by:
        yield f"is needed by {', '.join(each.needed_by)}"
    if each.replaces:
        yield f"is the announced replacement of {', '.join(each.replaces)}"


def _ways_out(each: Dependence) -> Iterator[str]:
    if each.needed_by:
        yield f"Remove the dependency of {', '.join(each.needed_by)} on {each.key}"
    if each.replaces:
        yield f"Name another replacement for {', '.join(each.replaces)}"


FAILS = "3.40.0 removes legacy-connector, which ai-builder depends on."
PASSES = "3.40.0 removes legacy-connector, which nothing needs."
