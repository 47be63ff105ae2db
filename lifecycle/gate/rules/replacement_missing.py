from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.rules.sentences import announcement_evidence, counted
from lifecycle.policy.policies import Severity
from lifecycle.policy.stages import Stage
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import FeatureChange, Replacement, Scene

ID = "replacement-missing"
SEVERITY = Severity.WARNING


def check(scene: Scene) -> Iterator[Finding]:
    """What is removed or broken leaves nothing to move to.

    Why: an announcement that names a feature which is not there, or for a GA feature neither a
    replacement nor advice, tells customers to leave but not where to go. What is exempt needs none.
    Fix: name a replacement that this release has, or say in the announcement how to migrate.
    """
    removals = [(change, _nothing_named(change)) for change in scene.removals]
    for change, is_unnamed in (*removals, *((change, False) for change in scene.breaks)):
        if change.gone or change.exempt or not (is_unnamed or _is_absent(change.replacement)):
            continue
        yield Finding(
            ID,
            _message(scene, change),
            f"Name a replacement for {change.key} that {scene.version.text} has, or say in its"
            " announcement how to migrate.",
            subject=change.key,
            evidence={
                "replacement": change.replacement and change.replacement.name,
                "running": change.running,
                **announcement_evidence(change.announced),
            },
            path=change.path,
        )


def _is_absent(replacement: Replacement | None) -> bool:
    if replacement is None or not replacement.feature:
        return False
    return replacement.stage in {None, Stage.REMOVED}


def _nothing_named(change: FeatureChange) -> bool:
    """Return whether a GA feature's announcement names nothing to move to."""
    announced = change.announced
    if announced is None or change.stage is not Stage.GA:
        return False
    return change.replacement is None and announced.replacement is None and not announced.migration


def _message(scene: Scene, change: FeatureChange) -> str:
    using = f"Used by {counted(change.running)}."
    if change.replacement is None:
        return (
            f"{change.key} goes, and its announcement names neither a replacement nor how to"
            f" migrate. {using}"
        )
    return (
        f"{change.key} is to be replaced by {change.replacement.name}, which {scene.version.text}"
        f" does not have. {using}"
    )


FAILS = "3.40.0 removes legacy-connector, and its announcement names nothing to move to."
PASSES = "3.40.0 removes legacy-connector in favour of new-connector, which it has."
