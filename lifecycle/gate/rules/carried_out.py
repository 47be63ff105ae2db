"""The announcements that a release carries out, and what of it rests on each."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from lifecycle.gate.scenes import Announcement
from lifecycle.policy.stages import promises_less

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.scenes import Scene, StageMove
    from lifecycle.policy.lead_times import Owed

Path: TypeAlias = tuple[str | int, ...]


class CarriedOut(msgspec.Struct, frozen=True):
    """An announcement, and the features or lines whose change by the release rests on it.

    ``path`` is where the manifest names the first of them.
    """

    announced: Announcement
    subjects: tuple[str, ...]
    path: Path = ()

    @property
    def named(self) -> str:
        """The features and lines, as a message begins with them."""
        return ", ".join(self.subjects)


def carried_out(scene: Scene) -> tuple[CarriedOut, ...]:
    """Return each announcement once that the release rests on; what is exempt rests on none."""
    changes: dict[str, CarriedOut] = {}
    for announced, subject, path in _resting(scene):
        if announced is None:
            continue
        first = changes.get(announced.uid, CarriedOut(announced, (), path))
        subjects = tuple(dict.fromkeys((*first.subjects, subject)))
        changes[announced.uid] = msgspec.structs.replace(first, subjects=subjects)
    return tuple(changes.values())


def _resting(scene: Scene) -> Iterator[tuple[Announcement | None, str, Path]]:
    for change in (*scene.removals, *scene.breaks):
        if not change.exempt and not change.gone:
            yield change.announced, change.key, change.path
    for move in scene.stages:
        if lowers(move) and not is_exempt(scene, move):
            yield move.broken, move.key, move.path
    for end in scene.ends:
        if _owes(end.owed):
            yield end.announced, end.line, ()
    for drop in scene.drops:
        if _owes(drop.owed):
            yield drop.announced, drop.line, drop.path


def _owes(owed: Owed | None) -> bool:
    return owed is not None and owed.period is not None


def lowers(move: StageMove) -> bool:
    """Return whether a feature falls to a stage that promises less."""
    return promises_less(move.to, move.before)


def is_exempt(scene: Scene, move: StageMove) -> bool:
    """Return whether the policy promises nothing of the stage that a feature falls from."""
    return scene.policy is not None and move.before in scene.policy.exempt_stages
