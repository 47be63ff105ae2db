"""What a release does to features, by its manifest and by the catalogue (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from lifecycle.policy.stages import Stage, promises_less, stage_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.context.comparison import ReleaseComparison

Path: TypeAlias = tuple[str | int, ...]


class Changes:
    """What the manifest says of features, and what the catalogue says that the release changes.

    Each has its path in the manifest, which is empty where only the catalogue says so. A stage that
    a feature has already is no change. What is ``uncompared`` may break, unless it is known to;
    ``unregistered`` are those removed or broken that the product does not have.
    """

    def __init__(self, comparison: ReleaseComparison) -> None:
        self._comparison = comparison
        manifest, features = comparison.manifest, comparison.snapshot.known.features
        removes: dict[str, Path] = {k: ("removes", n) for n, k in enumerate(manifest.removes)}
        breaks: dict[str, Path] = {k: ("breaks", n) for n, k in enumerate(manifest.breaks)}
        self.unregistered = {k: path for k, path in (removes | breaks).items() if k not in features}
        self.removes = {key: path for key, path in removes.items() if key in features}
        self.breaks = {key: path for key, path in breaks.items() if key in features}
        self.uncompared: dict[str, Path] = {
            key: ("uncompared", n)
            for n, key in enumerate(manifest.uncompared)
            if key not in removes and key not in breaks
        }
        self.stages: dict[str, tuple[Stage, Path]] = {
            key: (Stage(stage), ("stages", key)) for key, stage in manifest.stages.items()
        }
        begun = dict(_begun(comparison))
        for key in manifest.stages:
            if key not in begun and _is_restated(comparison, key, self.stages[key][0]):
                del self.stages[key]
        for key, stage in begun.items():
            if stage is Stage.REMOVED:
                self.removes.setdefault(key, ())
            elif key not in self.removes:
                self.stages.setdefault(key, (stage, ()))

    def stage_then(self, key: str) -> Stage | None:
        """Return a feature's stage once the release is out; None where it does not exist."""
        if key in self.removes:
            return Stage.REMOVED
        if key in self.stages:
            return self.stages[key][0]
        comparison = self._comparison
        if key not in comparison.later.features:
            return None
        return stage_in(
            comparison.histories_later.of(key), key=comparison.release.rank, day=comparison.day
        )

    def is_there(self, key: str) -> bool:
        """Return whether a feature exists in the release."""
        return self.stage_then(key) not in {None, Stage.REMOVED}

    def path(self, key: str) -> Path:
        """Return where the manifest removes a feature."""
        return self.removes.get(key) or self.stages.get(key, (None, ()))[1]


def _begun(comparison: ReleaseComparison) -> Iterator[tuple[str, Stage]]:
    """Yield the stages that, by the catalogue, features have in the release, and had not before."""
    for key, feature in comparison.later.features.items():
        if not any(_begins_above(comparison, change.from_version) for change in feature.stages):
            continue
        history = comparison.histories_later.of(key)
        stage = stage_in(history, key=comparison.release.rank, day=comparison.day)
        if stage is not None and stage is not _held(comparison, key):
            yield key, stage


def _is_restated(comparison: ReleaseComparison, key: str, stage: Stage) -> bool:
    """Return whether a feature has a stage already, and its history was not rewritten to say so."""
    former = comparison.snapshot.known.former_stages.get(key, ())
    return stage is _held(comparison, key) and not any(
        promises_less(stage, Stage(change.stage)) for change in former
    )


def _held(comparison: ReleaseComparison, key: str) -> Stage | None:
    """Return the stage that a feature has, by the catalogue, in the version before the release."""
    if key not in comparison.later.features or comparison.before is None:
        return None
    return stage_in(
        comparison.histories_later.of(key), key=comparison.before.rank, day=comparison.day
    )


def _begins_above(comparison: ReleaseComparison, version: str | None) -> bool:
    """Return whether a version may lie above the one before: a quick look, ahead of a slow one."""
    if version is None:
        return False
    release, before = comparison.snapshot.by_version.get(version), comparison.before
    return release is None or before is None or release.rank > before.rank
