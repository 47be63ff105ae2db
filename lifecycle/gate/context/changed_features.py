"""The features that a release removes, breaks or moves, with what is owed and announced."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from lifecycle.deprecations.audience.usage import accounts_using
from lifecycle.gate.context.announcements import reached
from lifecycle.gate.scenes import FeatureChange, Overdue, Replacement, StageMove, Unregistered
from lifecycle.policy.lead_times import ChangeTerms, owed
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.stages import Stage, highest, promised_stage, stage_in
from lifecycle.policy.windows import Granularity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.deprecations.announced import Announced
    from lifecycle.deprecations.coverage_forecast import Followers
    from lifecycle.gate.context.announcements import Announcements
    from lifecycle.gate.context.comparison import ReleaseComparison
    from lifecycle.gate.context.feature_moves import Changes, Path
    from lifecycle.gate.scenes import Announcement
    from lifecycle.policy.lead_times import Owed

REMOVES = (Kind.REMOVAL, Kind.DISCONTINUATION)
BREAKS = (Kind.BREAKING_CHANGE, *REMOVES)
HINTED = 5
"""For how many unregistered features those that may be meant are looked for: it takes a while."""


class Features:
    """Gathers what rules look at of features; ``run`` are the versions that accounts run."""

    def __init__(
        self,
        session: AsyncSession,
        comparison: ReleaseComparison,
        changes: Changes,
        made: Announcements,
        run: Iterable[str],
    ) -> None:
        self._session = session
        self._comparison = comparison
        self._changes = changes
        self._made = made
        self._ranks = sorted(
            {*comparison.forecast.covered_ranks, *comparison.histories.ranks_of(run)}
        )
        self._used: dict[str, dict[str, int]] | None = None
        self._stages_held: dict[str, Stage | None] = {}

    def announced(self) -> list[Announced]:
        """Give what announced the changes of the features, or should have removed them by now."""
        changes, known = self._changes, self._comparison.known.features
        asked: list[tuple[str, tuple[Kind, ...]]] = [(key, REMOVES) for key in changes.removes]
        broken = (*changes.breaks, *changes.uncompared, *changes.stages)
        asked += [(key, BREAKS) for key in broken if key in known]
        told = [
            each
            for key, kinds in asked
            for each in announced_for(self._comparison, key, kinds, self._tiers(key))
        ]
        return told + self._past

    @cached_property
    def _past(self) -> list[Announced]:
        """The removals of features that are in force for every tier, though they are there yet.

        A patch removes nothing, so in one nothing is overdue.
        """
        if self._comparison.version.step is Granularity.PATCH:
            return []
        return [
            each
            for each in self._comparison.announced
            if each.content.kind in REMOVES
            and each.content.feature is not None
            and max(each.days.values()) < self._comparison.day
            and self._changes.is_there(each.content.feature)
        ]

    async def removals(self) -> tuple[FeatureChange, ...]:
        """Give the features that the release removes."""
        return await self._all(self._changes.removes, REMOVES)

    async def breaks(self) -> tuple[FeatureChange, ...]:
        """Give the features that the release breaks."""
        return await self._all(self._changes.breaks, BREAKS)

    async def uncompared(self) -> tuple[FeatureChange, ...]:
        """Give the features that the release may break; nothing is known of unregistered ones."""
        known, asked = self._comparison.known.features, self._changes.uncompared
        return tuple(
            [
                await self._change(key, path, BREAKS) if key in known else FeatureChange(key, path)
                for key, path in asked.items()
            ]
        )

    def unregistered(self) -> tuple[Unregistered, ...]:
        """Give what the manifest removes or breaks without the product having it."""
        known = self._comparison.known.features
        return tuple(
            Unregistered(
                key,
                path,
                removed=path[0] == "removes",
                nearest=tuple(get_close_matches(key, known, 3)) if place < HINTED else (),
            )
            for place, (key, path) in enumerate(self._changes.unregistered.items())
        )

    async def moves(self) -> tuple[StageMove, ...]:
        """Give the stages that the release gives features, new ones among them."""
        found = []
        for key, (stage, path) in self._changes.stages.items():
            if key not in self._comparison.known.features:
                found.append(StageMove(key, stage, path))
                continue
            found.append(await self._move(key, stage, path))
        return tuple(found)

    async def _move(self, key: str, stage: Stage, path: Path) -> StageMove:
        told = announced_for(self._comparison, key, BREAKS, self._tiers(key))
        return StageMove(
            key,
            stage,
            path,
            before=highest((self._held(key), self._promised_before(key))),
            ever=self._ever(key),
            broken=await self._announcement(told, key),
            owed=self._owed_now(key, Kind.BREAKING_CHANGE),
        )

    async def overdue(self) -> tuple[Overdue, ...]:
        """Give the features whose removal has been in force for every tier, and are there yet."""
        found = []
        for each in self._past:
            key = each.content.feature or ""
            told = await self._announcement([each], key)
            if told is not None and told.reached:
                found.append(Overdue(key, told))
        return tuple(found)

    async def _all(
        self, keys: Mapping[str, Path], kinds: tuple[Kind, ...]
    ) -> tuple[FeatureChange, ...]:
        return tuple([await self._change(key, path, kinds) for key, path in keys.items()])

    async def _change(self, key: str, path: Path, kinds: tuple[Kind, ...]) -> FeatureChange:
        told = announced_for(self._comparison, key, kinds, self._tiers(key))
        return FeatureChange(
            key,
            path,
            stage=self._held(key),
            gone=self._stage_before(key) is Stage.REMOVED,
            owed=self._owed_now(key, kinds[0]),
            announced=await self._announcement(told, key),
            replacement=self._replacement(next(iter(told), None)),
            running=(await self._running())[key],
        )

    async def _running(self) -> dict[str, dict[str, int]]:
        """Count the accounts that use each feature that the release removes, or may break."""
        if self._used is None:
            changes = self._changes
            keys = {*changes.removes, *changes.breaks, *changes.uncompared}
            product, at = self._comparison.known.slug, self._comparison.at
            self._used = await accounts_using(self._session, product, keys, today=at)
        return self._used

    async def _announcement(self, told: Sequence[Announced], key: str) -> Announcement | None:
        """Give what announced a change, with what it owed as counted on the release's day.

        Tiers that the first of several leaves out have their days from the next.
        """
        made = None
        for each in told:
            since = await self._made.since(each)
            owed = self._owed(key, each.content.kind, since, self._comparison.followers_later)
            one = await self._made.of(each, owed)
            made = one if made is None else with_tiers_of(made, one)
        return made

    def _owed_now(self, key: str, kind: Kind) -> tuple[Owed, ...]:
        """Say what each tier is owed before a change announced on the day asked."""
        since = dict.fromkeys(self._tiers(key), self._comparison.at)
        return self._owed(key, kind, since, self._comparison.forecast.followers)

    def _owed(
        self, key: str, kind: Kind, since: Mapping[str, date], following: Followers
    ) -> tuple[Owed, ...]:
        """Say what each tier is owed, counted from the day it was told."""
        stage, existed_from = self._held(key), self._comparison.histories.first_day(key)
        policies = self._comparison.known.facts.policies
        found = (
            owed(
                policies,
                ChangeTerms(kind, tier, stage, existed_from),
                told_on,
                following=following,
            )
            for tier, told_on in since.items()
        )
        return tuple(each for each in found if each is not None)

    def _tiers(self, key: str) -> list[str]:
        """Name the tiers that have a feature."""
        having, policy = self._comparison.known.features[key].tiers, self._comparison.policy
        names = [tier.name for tier in policy.tiers] if policy else []
        # Tiers that the policy does not know exempt nothing: then all of its own count.
        return [name for name in names if name in (having or names)] or names

    def _held(self, key: str) -> Stage | None:
        """Give the highest stage the feature has in any release that is covered or run."""
        if key not in self._stages_held:
            held = self._comparison.histories.held_stage(key, self._ranks, day=self._comparison.at)
            self._stages_held[key] = held
        return self._stages_held[key]

    def _stage_before(self, key: str) -> Stage | None:
        before = self._comparison.before
        rank = before.rank if before else None
        return stage_in(self._comparison.histories.of(key), key=rank, day=self._comparison.at)

    def _promised_before(self, key: str) -> Stage | None:
        """Give what a feature promises without the release, under any label it has had."""
        histories, before = self._comparison.histories, self._comparison.before
        rank = before.rank if before else None
        return highest(
            promised_stage(history, key=rank, day=self._comparison.at)
            for history in (histories.of(key), histories.former(key))
        )

    def _ever(self, key: str) -> frozenset[Stage]:
        """Give the stages that a feature has had before the release."""
        known = self._comparison.known
        stages = (*known.features[key].stages, *known.former_stages.get(key, ()))
        coming = self._comparison.manifest.version
        return frozenset(Stage(stage.stage) for stage in stages if stage.from_version != coming)

    def _replacement(self, told: Announced | None) -> Replacement | None:
        name = told.content.replacement if told else None
        if name is None:
            return None
        stage = self._changes.stage_then(name)
        known = name in self._comparison.known.features or stage is not None
        return Replacement(name, feature=known, stage=stage)


def announced_for(
    comparison: ReleaseComparison, key: str, kinds: Iterable[Kind], tiers: Iterable[str] = ()
) -> list[Announced]:
    """Find the announcements of a feature's change.

    First is the one that tells most of the tiers, and of those the one that is in force first.
    """
    found = [each for each in comparison.announced_of(key) if each.content.kind in kinds]

    def rank(each: Announced) -> tuple[int, bool, date]:
        left_out = sum(tier not in each.days for tier in tiers)
        late = not reached(comparison, each.content.from_version)
        return left_out, late, max(each.days.values())

    return sorted(found, key=rank)


def with_tiers_of(made: Announcement, other: Announcement) -> Announcement:
    """Add the tiers that an announcement leaves out and another one tells."""
    added = {tier: day for tier, day in other.days.items() if tier not in made.days}
    if not added or not other.reached:
        return made
    return msgspec.structs.replace(
        made,
        days=made.days | added,
        owed=(*made.owed, *(each for each in other.owed if each.tier in added)),
        audience=made.audience.joined(other.audience, added),
    )
