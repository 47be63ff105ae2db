"""Feature stages, and the one a feature has in a version or on a day."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Stage(StrEnum):
    """How far a feature has come; the first four are pre-GA."""

    EXPERIMENTAL = "experimental"
    ALPHA = "alpha"
    BETA = "beta"
    PREVIEW = "preview"
    GA = "ga"
    DEPRECATED = "deprecated"
    REMOVED = "removed"


PRE_GA = frozenset({Stage.EXPERIMENTAL, Stage.ALPHA, Stage.BETA, Stage.PREVIEW})
MATURITY = (Stage.EXPERIMENTAL, Stage.ALPHA, Stage.BETA, Stage.PREVIEW, Stage.GA)
"""The stages that promise something, from the least to the most."""


class StageChange(msgspec.Struct, frozen=True):
    """A stage a feature has from a version or a day on, until the next change.

    ``from_key`` is the version's key or rank, anything that its product's order compares.
    ``from_day`` is the first day, or the release day of that version.
    """

    stage: Stage
    from_key: Any = None
    from_day: date | None = None
    default: bool | None = None


def change_in(history: Sequence[StageChange], *, key: Any = None, day: date) -> StageChange | None:
    """Give the change that decides a feature's stage in a version, or without one on a ``day``.

    The change from the highest version wins, wherever it is listed; of two from one version, the
    later listed. Changes known by their day alone hold for every version from that day on; where
    both kinds apply, the later listed wins.

    >>> history = [StageChange(Stage.BETA, 130), StageChange(Stage.GA, 140)]
    >>> change_in(history, key=135, day=date(2026, 1, 31)).stage.value
    'beta'
    """
    by_key: list[tuple[Any, int]] = []
    by_day: list[tuple[date, int]] = []
    for place, change in enumerate(history):
        if key is not None and change.from_key is not None:
            if change.from_key <= key:
                by_key.append((change.from_key, place))
        elif change.from_day is not None and change.from_day <= day:
            by_day.append((change.from_day, place))
    places = [max(applicable)[1] for applicable in (by_key, by_day) if applicable]
    return history[max(places)] if places else None


def stage_in(history: Sequence[StageChange], *, key: Any = None, day: date) -> Stage | None:
    """Say which stage a feature has in a version, or on a day; ``None`` before it existed.

    >>> stage_in([StageChange(Stage.GA, from_day=date(2026, 1, 31))], day=date(2026, 1, 30))
    """
    change = change_in(history, key=key, day=day)
    return change.stage if change else None


def promised_stage(history: Sequence[StageChange], *, key: Any = None, day: date) -> Stage | None:
    """Give the stage that a feature promises in a version, or on a day.

    What is announced to go still promises what it did before; what is removed promises nothing.

    >>> history = [StageChange(Stage.GA, 130), StageChange(Stage.DEPRECATED, 140)]
    >>> promised_stage(history, key=145, day=date(2026, 1, 31)).value
    'ga'
    """
    stage = stage_in(history, key=key, day=day)
    if stage is not Stage.DEPRECATED:
        return None if stage is Stage.REMOVED else stage
    undeprecated = [change for change in history if change.stage is not Stage.DEPRECATED]
    before = stage_in(undeprecated, key=key, day=day)
    return None if before is Stage.REMOVED else before


def promises_less(stage: Stage | None, reference: Stage | None) -> bool:
    """Say whether a stage promises less than another; what promises nothing is not compared.

    >>> promises_less(Stage.BETA, Stage.GA), promises_less(Stage.REMOVED, Stage.GA)
    (True, False)
    """
    if stage not in MATURITY or reference not in MATURITY:
        return False
    return MATURITY.index(stage) < MATURITY.index(reference)


def highest(stages: Iterable[Stage | None]) -> Stage | None:
    """Give the stage of several that promises the most.

    >>> highest([Stage.BETA, None, Stage.GA, Stage.ALPHA]).value
    'ga'
    """
    return max((stage for stage in stages if stage), key=MATURITY.index, default=None)
