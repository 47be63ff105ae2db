"""What stands among all features of a product: those that stay too long, or are still needed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from lifecycle.gate.context.changed_features import REMOVES, announced_for
from lifecycle.gate.scenes import Dependence, Experiment
from lifecycle.policy.stages import PRE_GA, Stage, change_in, stage_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.gate.context.comparison import ReleaseComparison
    from lifecycle.gate.context.feature_moves import Changes
    from lifecycle.policy.stages import StageChange


def experiments(comparison: ReleaseComparison, changes: Changes) -> tuple[Experiment, ...]:
    """Return the features left in a pre-GA stage of which the policy expects a lifetime."""
    lifetimes = comparison.policy.gate.lifetimes if comparison.policy else {}
    if not lifetimes:
        return ()
    experiments = []
    for key in comparison.known.features:
        if key in changes.stages or key in changes.removes:
            continue
        history = comparison.histories_later.of(key)
        stage = stage_in(history, key=comparison.release.rank, day=comparison.day)
        if stage not in PRE_GA or stage not in lifetimes:
            continue
        change = _begun(history, comparison)
        if change is not None and change.from_day is not None:
            experiments.append(
                Experiment(key, change.stage, change.from_day, lifetimes[change.stage])
            )
    return tuple(experiments)


def _begun(history: Sequence[StageChange], comparison: ReleaseComparison) -> StageChange | None:
    """Return the change that began a feature's stage; its default may change without a new one."""
    begun, before = None, change_in(history, key=comparison.release.rank, day=comparison.day)
    while before is not None and (begun is None or before.stage is begun.stage):
        begun = before
        history = [change for change in history if change is not begun]
        before = change_in(history, key=comparison.release.rank, day=comparison.day)
    return begun


def dependences(comparison: ReleaseComparison, changes: Changes) -> tuple[Dependence, ...]:
    """Return the features that go or are deprecated, though others need them."""
    needed: defaultdict[str, list[str]] = defaultdict(list)
    for key, feature in comparison.known.features.items():
        for dependency in feature.depends_on:
            needed[dependency].append(key)
    replaces: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for announced_change in comparison.announced:
        if announced_change.content.feature and announced_change.content.replacement:
            replaces[announced_change.content.replacement][announced_change.content.feature] = None
    dependences = (
        Dependence(
            key,
            removed=key in changes.removes,
            needed_by=tuple(
                dependency for dependency in needed[key] if changes.is_there(dependency)
            ),
            replaces=tuple(replaces[key]),
            path=changes.path(key),
        )
        for key in sorted({*needed, *replaces})
        if _goes(comparison, changes, key)
    )
    return tuple(
        dependency for dependency in dependences if dependency.needed_by or dependency.replaces
    )


def _goes(comparison: ReleaseComparison, changes: Changes, key: str) -> bool:
    """Return whether a feature goes with the release, is deprecated, or is announced to go."""
    if key in changes.removes:
        return True
    stage = changes.stage_then(key)
    if stage in {None, Stage.REMOVED}:
        return False
    return stage is Stage.DEPRECATED or bool(announced_for(comparison, key, REMOVES))
