"""What a release does to features, by its manifest and by the catalogue (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from lifecycle.policy.stages import Stage, promises_less, stage_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.context.comparison import Ground

Path: TypeAlias = tuple[str | int, ...]


class Changes:
    """What the manifest says of features, and what the catalogue says that the release changes.

    Each has its path in the manifest, which is empty where only the catalogue says so. A stage that
    a feature has already is no change. What is ``uncompared`` may break, unless it is known to;
    ``unregistered`` are those removed or broken that the product does not have.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        told, features = ground.manifest, ground.snapshot.known.features
        removes: dict[str, Path] = {k: ("removes", n) for n, k in enumerate(told.removes)}
        breaks: dict[str, Path] = {k: ("breaks", n) for n, k in enumerate(told.breaks)}
        self.unregistered = {k: path for k, path in (removes | breaks).items() if k not in features}
        self.removes = {key: path for key, path in removes.items() if key in features}
        self.breaks = {key: path for key, path in breaks.items() if key in features}
        self.uncompared: dict[str, Path] = {
            key: ("uncompared", n)
            for n, key in enumerate(told.uncompared)
            if key not in removes and key not in breaks
        }
        self.stages: dict[str, tuple[Stage, Path]] = {
            key: (Stage(stage), ("stages", key)) for key, stage in told.stages.items()
        }
        begun = dict(_begun(ground))
        for key in told.stages:
            if key not in begun and _is_restated(ground, key, self.stages[key][0]):
                del self.stages[key]
        for key, stage in begun.items():
            if stage is Stage.REMOVED:
                self.removes.setdefault(key, ())
            elif key not in self.removes:
                self.stages.setdefault(key, (stage, ()))

    def stage_then(self, key: str) -> Stage | None:
        """Give a feature's stage once the release is out; None where it does not exist."""
        if key in self.removes:
            return Stage.REMOVED
        if key in self.stages:
            return self.stages[key][0]
        ground = self._ground
        if key not in ground.later.features:
            return None
        return stage_in(ground.histories_later.of(key), key=ground.release.rank, day=ground.day)

    def is_there(self, key: str) -> bool:
        """Say whether a feature exists in the release."""
        return self.stage_then(key) not in {None, Stage.REMOVED}

    def path(self, key: str) -> Path:
        """Give where the manifest speaks of a feature's going."""
        return self.removes.get(key) or self.stages.get(key, (None, ()))[1]


def _begun(ground: Ground) -> Iterator[tuple[str, Stage]]:
    """Give the stages that, by the catalogue, features have in the release, and had not before."""
    for key, feature in ground.later.features.items():
        if not any(_begins_above(ground, change.from_version) for change in feature.stages):
            continue
        history = ground.histories_later.of(key)
        then = stage_in(history, key=ground.release.rank, day=ground.day)
        if then is not None and then is not _held(ground, key):
            yield key, then


def _is_restated(ground: Ground, key: str, stage: Stage) -> bool:
    """Say whether a feature has a stage already, and its history was not rewritten to say so."""
    former = ground.snapshot.known.former_stages.get(key, ())
    return stage is _held(ground, key) and not any(
        promises_less(stage, Stage(change.stage)) for change in former
    )


def _held(ground: Ground, key: str) -> Stage | None:
    """Give the stage that a feature has, by the catalogue, in the version before the release."""
    if key not in ground.later.features or ground.before is None:
        return None
    return stage_in(ground.histories_later.of(key), key=ground.before.rank, day=ground.day)


def _begins_above(ground: Ground, version: str | None) -> bool:
    """Say whether a version may lie above the one before; the quick look spares most features."""
    if version is None:
        return False
    known, before = ground.snapshot.by_version.get(version), ground.before
    return known is None or before is None or known.rank > before.rank
