"""Where stages begin among a product's releases, and the highest stage a feature is held to."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from lifecycle.policy.stages import Stage, StageChange, highest, promised_stage
from lifecycle.versions import UnparsableVersion, scheme

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    from lifecycle.catalogue.facts import StageIn
    from lifecycle.catalogue.loading import Loaded

BEYOND = 2**63
"""The rank of a version that is higher than every known one."""


def rank_of(known: Loaded, version: str) -> int | None:
    """Give the rank of the lowest release that is not below a version; None if it has no place."""
    releases = known.facts.releases
    exact = next((release.rank for release in releases if release.version == version), None)
    return _rank_above(known, version) if exact is None else exact


def ranks_of(known: Loaded, versions: Iterable[str]) -> set[int]:
    """Give the ranks of versions, as ``rank_of`` does; those without a place have none."""
    exact = {release.version: release.rank for release in known.facts.releases}
    found = {
        exact[version] if version in exact else _rank_above(known, version) for version in versions
    }
    return {rank for rank in found if rank is not None}


def _rank_above(known: Loaded, version: str) -> int | None:
    """Give the rank of the lowest release that is not below an unknown version."""
    releases, rules = known.facts.releases, scheme(known.scheme)
    if not rules.ordered:
        return None
    try:
        key = rules.parse(version).key
    except UnparsableVersion:
        return None
    place = bisect_left(releases, key, key=lambda release: rules.parse(release.version).key)
    return releases[place].rank if place < len(releases) else BEYOND


def history_of(known: Loaded, stages: Sequence[StageIn]) -> list[StageChange]:
    """Give a feature's stages as its product's order and days have them."""
    return [_change(known, stage) for stage in stages]


def held_stage(known: Loaded, key: str, ranks: Iterable[int], *, day: date) -> Stage | None:
    """Give the highest stage of a feature in releases of those ranks, or without any on a day.

    What was taken out of its history counts as well: a new label exempts nothing (design, section
    3.3).
    """
    current = history_of(known, known.features[key].stages)
    former = history_of(known, known.former_stages.get(key, ()))
    telling = _telling(ranks, [*current, *former])
    found = [
        promised_stage(history, key=rank, day=day)
        for history in (current, former)
        for rank in telling
    ]
    if any(found):
        return highest(found)
    return highest(promised_stage(history, day=day) for history in (current, former))


def _telling(ranks: Iterable[int], changes: Iterable[StageChange]) -> Collection[int]:
    """Keep one of all ranks between two that a stage begins with: their stages are the same."""
    begins = sorted({change.from_key for change in changes if change.from_key is not None})
    return {bisect_right(begins, rank): rank for rank in ranks}.values()


def first_day(known: Loaded, stages: Sequence[StageIn]) -> date | None:
    """Give the first day on which a feature existed, as far as that is known."""
    days = [change.from_day for change in history_of(known, stages) if change.from_day]
    return min(days, default=None)


def _change(known: Loaded, stage: StageIn) -> StageChange:
    day, rank = stage.from_day, None
    if stage.from_version:
        rank = rank_of(known, stage.from_version)
        named = (r for r in known.facts.releases if r.version == stage.from_version)
        release = next(named, None)
        day = release.day if release and not release.planned else None
    return StageChange(Stage(stage.stage), from_key=rank, from_day=day, default=stage.default)
