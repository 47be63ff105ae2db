"""What the stages of features change on the way from one version to another, and after it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from lifecycle.answers.comparison_structs import DifferenceKind, DifferenceOut
from lifecycle.policy.stages import Stage, StageChange, change_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.answers.upgrade_paths import UpgradePath
    from lifecycle.catalogue.catalogue_inputs import FeatureIn

Default: TypeAlias = bool | str | None
Place: TypeAlias = tuple[int, date]
"""The rank of a release, and the day on which it was reached."""

KINDS = {
    Stage.REMOVED: DifferenceKind.REMOVED,
    Stage.DEPRECATED: DifferenceKind.DEPRECATED,
}
NAMES = {Stage.GA: "general availability"}
"""What a stage is called in a sentence, if not by its own name."""


def on_the_way(path: UpgradePath, *, tier: str | None) -> Iterator[tuple[int, DifferenceOut]]:
    """Yield what changes between two versions, with the rank of the release that brings it.

    With a ``tier``, features that it does not have are left out.
    """
    for key, feature, history in _features(path, tier):
        ranks = {rank for change in history if (rank := _rank_on_the_way(path, change)) is not None}
        places = [(rank, path.day_at(rank)) for rank in sorted(ranks)]
        start = (path.lower.rank, path.lower.day)
        yield from _Walk(path, key, feature, history).differences(start, places)


def afterwards(path: UpgradePath, *, tier: str | None) -> Iterator[tuple[int, DifferenceOut]]:
    """Yield the deprecations and removals that the history has after the higher version."""
    for key, feature, history in _features(path, tier):
        start = (path.higher.rank, path.last_day)
        places = sorted(_later(path, history), key=lambda place: (place[1], place[0]))
        for rank, difference in _Walk(path, key, feature, history).differences(start, places):
            if difference.stage in KINDS:
                yield rank, difference


def is_removed(path: UpgradePath, feature: str | None, place: Place) -> bool:
    """Return whether a feature is no longer there at a place on the way."""
    if feature is None or feature not in path.snapshot.known.features:
        return False
    rank, day = place
    change = change_in(path.snapshot.histories.of(feature), key=rank, day=day)
    return change is not None and change.stage is Stage.REMOVED


def called(name: str | None, key: str) -> str:
    """Name a feature by its name and its key.

    >>> called("REST API v1", "rest-v1"), called("", "rest-v1")
    ('REST API v1 (rest-v1)', 'rest-v1')
    """
    return f"{name} ({key})" if name and name != key else key


class _Walk:
    """One feature's stages, met one after the other."""

    def __init__(
        self, path: UpgradePath, key: str, feature: FeatureIn, history: Sequence[StageChange]
    ) -> None:
        self._path = path
        self._key = key
        self._feature = feature
        self._history = history

    def differences(
        self, start: Place, places: Sequence[Place]
    ) -> Iterator[tuple[int, DifferenceOut]]:
        """Yield what is different at each place from the one before."""
        before = change_in(self._history, key=start[0], day=start[1])
        for rank, day in places:
            after = change_in(self._history, key=rank, day=day)
            if after is None or after == before:
                continue
            difference = self._difference(before, after, rank)
            before = after
            if difference is not None:
                yield rank, difference

    def _difference(
        self, before: StageChange | None, after: StageChange, rank: int
    ) -> DifferenceOut | None:
        default_before, default = self._default(before), self._default(after)
        stage_before = before.stage if before else None
        same_stage = stage_before is after.stage
        if same_stage and default_before == default:
            return None
        kind = KINDS.get(after.stage, DifferenceKind.STAGE)
        if same_stage:
            kind = DifferenceKind.DEFAULT
        stated = self._feature.stages[self._history.index(after)]
        from_day = stated.from_day if stated.from_version is None else None
        release = None
        if from_day is None or self._path.spans(from_day):
            release = self._path.release_at(rank, stated.from_version)
        return DifferenceOut(
            kind=kind,
            summary=self._summary(kind, stage_before, after.stage, default_before, default),
            version=release.version if release else stated.from_version,
            released_on=release.day if release and not release.planned else None,
            planned_on=release.day if release and release.planned else None,
            from_day=from_day,
            feature=self._key,
            name=self._feature.name or None,
            stage_before=stage_before,
            stage=after.stage,
            default_before=default_before,
            default=default,
        )

    def _default(self, change: StageChange | None) -> Default:
        if change is None:
            return None
        return self._feature.default if change.default is None else change.default

    def _summary(
        self,
        kind: DifferenceKind,
        stage_before: Stage | None,
        stage: Stage,
        default_before: Default,
        default: Default,
    ) -> str:
        feature = called(self._feature.name, self._key)
        if kind is DifferenceKind.REMOVED:
            return f"removal of {feature}"
        if kind is DifferenceKind.DEPRECATED:
            return f"deprecation of {feature}"
        if kind is DifferenceKind.DEFAULT:
            before, after = _default_name(default_before), _default_name(default)
            return f"{feature}: default from {before} to {after}"
        if stage_before is None:
            return f"{feature}: new, {NAMES.get(stage, stage.value)}"
        before = NAMES.get(stage_before, stage_before.value)
        return f"{feature}: from {before} to {NAMES.get(stage, stage.value)}"


def _default_name(default: Default) -> str:
    """Name a default in a sentence.

    >>> _default_name(True), _default_name(None), _default_name("fast")
    ('on', 'unset', 'fast')
    """
    if default is None:
        return "unset"
    if isinstance(default, bool):
        return "on" if default else "off"
    return default


def _features(
    path: UpgradePath, tier: str | None
) -> Iterator[tuple[str, FeatureIn, list[StageChange]]]:
    for key, feature in path.snapshot.known.features.items():
        if tier is None or feature.tiers is None or tier in feature.tiers:
            yield key, feature, path.snapshot.histories.of(key)


def _rank_on_the_way(path: UpgradePath, change: StageChange) -> int | None:
    """Return the rank of the release on the way that brings a stage; None where none does."""
    if change.from_key is None:
        day = change.from_day
        return path.rank_on(day) if day is not None and path.spans(day) else None
    rank: int = change.from_key
    return rank if path.holds(rank) else None


def _later(path: UpgradePath, history: Sequence[StageChange]) -> Iterator[Place]:
    """Yield the places after the higher version at which stages begin."""
    for change in history:
        if change.from_key is None:
            if change.from_day is not None and change.from_day > path.last_day:
                yield path.higher.rank, change.from_day
        elif change.from_key > path.higher.rank:
            yield change.from_key, date.max
