"""Where stages begin among a product's releases, and the highest stage a feature is held to."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from lifecycle.policy.stages import Stage, StageChange, highest, promised_stage
from lifecycle.versions import UnparsableVersion, scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from lifecycle.catalogue.catalogue_inputs import StageIn
    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.support.facts import Release

BEYOND = 2**63
"""The rank of a version that is higher than every known one."""


class Histories:
    """The stages of a product's features, as its order and days have them; built once."""

    def __init__(self, loaded: Loaded, like: Histories | None = None) -> None:
        """Take the product; its releases are indexed when first asked for.

        ``like`` are those of the same product with some releases fewer, for what is the same.
        """
        self._known = loaded
        self._like = like
        self._rules = scheme(loaded.scheme)
        self._of: dict[str, list[StageChange]] = {}

    def rank_of(self, version: str) -> int | None:
        """Return the rank of the lowest release not below a version; None if it has no place."""
        exact = self._exact.get(version)
        return self._rank_above(version) if exact is None else exact.rank

    def ranks_of(self, versions: Iterable[str]) -> set[int]:
        """Return the ranks of versions, as ``rank_of`` does; those without a place have none."""
        return {rank for rank in map(self.rank_of, versions) if rank is not None}

    def of(self, key: str) -> list[StageChange]:
        """Return a feature's stages."""
        if self._like is not None and key in self._like.certain:
            return self._like.of(key)
        if key not in self._of:
            self._of[key] = self.placed(self._known.features[key].stages)
        return self._of[key]

    def former(self, key: str) -> list[StageChange]:
        """Return the stages that were taken out of a feature's history."""
        return self.placed(self._known.former_stages.get(key, ()))

    def placed(self, stages: Sequence[StageIn]) -> list[StageChange]:
        """Return stages with the ranks and days on which they begin."""
        return [self._change(stage) for stage in stages]

    def held_stage(self, key: str, ranks: Iterable[int], *, day: date) -> Stage | None:
        """Return a feature's highest stage in releases of those ranks, or without any on a day.

        What was taken out of its history counts as well: a new label exempts nothing (design,
        section 3.3).
        """
        current, former = self.of(key), self.former(key)
        telling = _telling(ranks, [*current, *former])
        stages = [
            promised_stage(history, key=rank, day=day)
            for history in (current, former)
            for rank in telling
        ]
        if any(stages):
            return highest(stages)
        return highest(promised_stage(history, day=day) for history in (current, former))

    def bound_from(self, key: str) -> date | None:
        """Return the first day whose policy binds a feature, as far as that is known."""
        stages = self._known.features[key].stages, self._known.former_stages.get(key, ())
        days = map(self._bound_from, chain.from_iterable(stages))
        return min((day for day in days if day is not None), default=None)

    def _bound_from(self, stage: StageIn) -> date | None:
        release = self._exact.get(stage.from_version or "")
        if release is None:
            return None if stage.from_version else stage.from_day
        return None if release.planned else release.bound_from

    @cached_property
    def certain(self) -> frozenset[str]:
        """The features whose stages begin with known releases: no other release changes that."""
        return frozenset(
            key
            for key, feature in self._known.features.items()
            if all(
                stage.from_version is None or stage.from_version in self._exact
                for stage in feature.stages
            )
        )

    @cached_property
    def _exact(self) -> dict[str, Release]:
        return {release.version: release for release in self._known.facts.releases}

    def _rank_above(self, version: str) -> int | None:
        """Return the rank of the lowest release that is not below an unknown version."""
        releases, rules = self._known.facts.releases, self._rules
        if not rules.ordered:
            return None
        try:
            key = rules.parse(version).key
        except UnparsableVersion:
            return None
        place = bisect_left(releases, key, key=lambda release: rules.parse(release.version).key)
        return releases[place].rank if place < len(releases) else BEYOND

    def _change(self, stage: StageIn) -> StageChange:
        day, rank = stage.from_day, None
        if stage.from_version:
            rank = self.rank_of(stage.from_version)
            release = self._exact.get(stage.from_version)
            day = release.day if release and not release.planned else None
        return StageChange(Stage(stage.stage), from_key=rank, from_day=day, default=stage.default)


def _telling(ranks: Iterable[int], changes: Iterable[StageChange]) -> set[int]:
    """Keep one of all ranks between two that a stage begins with: their stages are the same."""
    ascending = sorted(ranks)
    begins = sorted({change.from_key for change in changes if change.from_key is not None})
    places = {0, *(bisect_left(ascending, begin) for begin in begins)}
    return {ascending[place] for place in places if place < len(ascending)}
