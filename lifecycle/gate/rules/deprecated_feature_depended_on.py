from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lifecycle.gate.rules.examples import Example, announced, asked, feature
from lifecycle.gate.scenes import Dependence
from lifecycle.policy.policies import Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene

ID = "deprecated-feature-depended-on"
SEVERITY = Severity.WARNING


def check(scene: Scene) -> Iterator[Finding]:
    """A feature goes, or is deprecated, that other features need or that customers are sent to.

    Why: removing it breaks what depends on it; and whoever moved to it as the announced
    replacement of something else has to move again.
    Fix: free the others of it first, and name another replacement.
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
        yield f"Let {', '.join(each.needed_by)} no longer depend on {each.key}"
    if each.replaces:
        yield f"Name another replacement of {', '.join(each.replaces)}"


_REMOVED = feature(announced=announced(date(2026, 6, 1)))
FAILS = Example(
    "3.40.0 removes legacy-connector, which ai-builder depends on.",
    asked(
        removals=(_REMOVED,),
        dependences=(Dependence(_REMOVED.key, removed=True, needed_by=("ai-builder",)),),
    ),
)
PASSES = Example(
    "3.40.0 removes legacy-connector, which nothing needs.", asked(removals=(_REMOVED,))
)
