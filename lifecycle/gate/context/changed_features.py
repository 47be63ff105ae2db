"""The features that a release removes, breaks or moves, with what is owed and announced."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from lifecycle.deprecations.announced import tiers_concerned
from lifecycle.deprecations.audience.usage import accounts_using
from lifecycle.documents.suggestions import nearest_words
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
        announcements: Announcements,
        run: Iterable[str],
    ) -> None:
        self._session = session
        self._comparison = comparison
        self._changes = changes
        self._made = announcements
        self._ranks = sorted(
            {*comparison.forecast.covered_ranks, *comparison.histories.ranks_of(run)}
        )
        self._used: dict[str, dict[str, int]] | None = None
        self._stages_held: dict[str, Stage | None] = {}

    def announced(self) -> list[Announced]:
        """Return what announced the changes of the features, or should have removed them by now."""
        changes, features = self._changes, self._comparison.known.features
        changing: list[tuple[str, tuple[Kind, ...]]] = [(key, REMOVES) for key in changes.removes]
        broken = (*changes.breaks, *changes.uncompared, *changes.stages)
        changing += [(key, BREAKS) for key in broken if key in features]
        pairs = [
            announced_change
            for key, kinds in changing
            for announced_change in announced_for(self._comparison, key, kinds, self._tiers(key))
        ]
        return pairs + self._past

    @cached_property
    def _past(self) -> list[Announced]:
        """The removals of features that are in force for every tier, though they are there yet.

        A patch removes nothing, so in one nothing is overdue.
        """
        if self._comparison.version.step is Granularity.PATCH:
            return []
        return [
            announced_change
            for announced_change in self._comparison.announced
            if announced_change.content.kind in REMOVES
            and announced_change.content.feature is not None
            and max(announced_change.days.values()) < self._comparison.day
            and self._changes.is_there(announced_change.content.feature)
        ]

    async def removals(self) -> tuple[FeatureChange, ...]:
        """Return the features that the release removes."""
        return await self._all(self._changes.removes, REMOVES)

    async def breaks(self) -> tuple[FeatureChange, ...]:
        """Return the features that the release breaks."""
        return await self._all(self._changes.breaks, BREAKS)

    async def uncompared(self) -> tuple[FeatureChange, ...]:
        """Return the features that the release may break; nothing is known of unregistered ones."""
        features, keys = self._comparison.known.features, self._changes.uncompared
        return tuple(
            [
                await self._change(key, path, BREAKS)
                if key in features
                else FeatureChange(key, path)
                for key, path in keys.items()
            ]
        )

    def unregistered(self) -> tuple[Unregistered, ...]:
        """Return what the manifest removes or breaks without the product having it."""
        features = self._comparison.known.features
        return tuple(
            Unregistered(
                key,
                path,
                removed=path[0] == "removes",
                nearest=tuple(nearest_words(key, features, most=3)) if place < HINTED else (),
            )
            for place, (key, path) in enumerate(self._changes.unregistered.items())
        )

    async def moves(self) -> tuple[StageMove, ...]:
        """Return the stages that the release gives features, new ones among them."""
        moved = []
        for key, (stage, path) in self._changes.stages.items():
            if key not in self._comparison.known.features:
                moved.append(StageMove(key, stage, path))
                continue
            moved.append(await self._move(key, stage, path))
        return tuple(moved)

    async def _move(self, key: str, stage: Stage, path: Path) -> StageMove:
        announced = announced_for(self._comparison, key, BREAKS, self._tiers(key))
        return StageMove(
            key,
            stage,
            path,
            before=highest((self._held(key), self._promised_before(key))),
            ever=self._ever(key),
            broken=await self._announcement(announced, key),
            owed=self._owed_now(key, Kind.BREAKING_CHANGE),
        )

    async def overdue(self) -> tuple[Overdue, ...]:
        """Return the features whose removal is in force for every tier and that still exist."""
        overdue = []
        for announced_change in self._past:
            key = announced_change.content.feature or ""
            announcement = await self._announcement([announced_change], key)
            if announcement is not None and announcement.reached:
                overdue.append(Overdue(key, announcement))
        return tuple(overdue)

    async def _all(
        self, keys: Mapping[str, Path], kinds: tuple[Kind, ...]
    ) -> tuple[FeatureChange, ...]:
        return tuple([await self._change(key, path, kinds) for key, path in keys.items()])

    async def _change(self, key: str, path: Path, kinds: tuple[Kind, ...]) -> FeatureChange:
        announced = announced_for(self._comparison, key, kinds, self._tiers(key))
        return FeatureChange(
            key,
            path,
            stage=self._held(key),
            gone=self._stage_before(key) is Stage.REMOVED,
            owed=self._owed_now(key, kinds[0]),
            announced=await self._announcement(announced, key),
            replacement=self._replacement(next(iter(announced), None)),
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

    async def _announcement(self, announced: Sequence[Announced], key: str) -> Announcement | None:
        """Return what announced a change, with what it owed as counted on the release's day.

        Tiers that the first of several leaves out have their days from the next.
        """
        announcement = None
        for announced_change in announced:
            since = await self._made.since(announced_change)
            owed = self._owed(
                key, announced_change.content.kind, since, self._comparison.followers_later
            )
            further = await self._made.of(announced_change, owed)
            announcement = further if announcement is None else with_tiers_of(announcement, further)
        return announcement

    def _owed_now(self, key: str, kind: Kind) -> tuple[Owed, ...]:
        """Return what each tier is owed before a change announced on the day asked."""
        since = dict.fromkeys(self._tiers(key), self._comparison.at)
        return self._owed(key, kind, since, self._comparison.forecast.followers)

    def _owed(
        self, key: str, kind: Kind, since: Mapping[str, date], following: Followers
    ) -> tuple[Owed, ...]:
        """Return what each tier is owed, counted from the day it was told."""
        stage, bound_from = self._held(key), self._comparison.histories.bound_from(key)
        policies = self._comparison.known.facts.policies
        periods = (
            owed(
                policies,
                ChangeTerms(kind, tier, stage, bound_from),
                told_on,
                following=following,
            )
            for tier, told_on in since.items()
        )
        return tuple(period for period in periods if period is not None)

    def _tiers(self, key: str) -> tuple[str, ...]:
        """Name the tiers that have a feature."""
        policy = self._comparison.policy
        names = [tier.name for tier in policy.tiers] if policy else []
        return tiers_concerned(self._comparison.known, key, names)

    def _held(self, key: str) -> Stage | None:
        """Return the highest stage the feature has in any release that is covered or run."""
        if key not in self._stages_held:
            stage = self._comparison.histories.held_stage(key, self._ranks, day=self._comparison.at)
            self._stages_held[key] = stage
        return self._stages_held[key]

    def _stage_before(self, key: str) -> Stage | None:
        before = self._comparison.before
        rank = before.rank if before else None
        return stage_in(self._comparison.histories.of(key), key=rank, day=self._comparison.at)

    def _promised_before(self, key: str) -> Stage | None:
        """Return what a feature promises without the release, under any label it has had."""
        histories, before = self._comparison.histories, self._comparison.before
        rank = before.rank if before else None
        return highest(
            promised_stage(history, key=rank, day=self._comparison.at)
            for history in (histories.of(key), histories.former(key))
        )

    def _ever(self, key: str) -> frozenset[Stage]:
        """Return the stages that a feature has had before the release."""
        loaded = self._comparison.known
        stages = (*loaded.features[key].stages, *loaded.former_stages.get(key, ()))
        coming = self._comparison.manifest.version
        return frozenset(Stage(stage.stage) for stage in stages if stage.from_version != coming)

    def _replacement(self, announced: Announced | None) -> Replacement | None:
        name = announced.content.replacement if announced else None
        if name is None:
            return None
        stage = self._changes.stage_then(name)
        is_known = name in self._comparison.known.features or stage is not None
        return Replacement(name, feature=is_known, stage=stage)


def announced_for(
    comparison: ReleaseComparison, key: str, kinds: Iterable[Kind], tiers: Iterable[str] = ()
) -> list[Announced]:
    """Find the announcements of a feature's change.

    First is the one that tells most of the tiers, and of those the one that is in force first.
    """
    matching = [
        announced_change
        for announced_change in comparison.announced_of(key)
        if announced_change.content.kind in kinds
    ]

    def rank(announced_change: Announced) -> tuple[int, bool, date]:
        left_out = sum(tier not in announced_change.days for tier in tiers)
        late = not reached(comparison, announced_change.content.from_version)
        return left_out, late, max(announced_change.days.values())

    return sorted(matching, key=rank)


def with_tiers_of(announcement: Announcement, further: Announcement) -> Announcement:
    """Add the tiers that an announcement leaves out and another one tells."""
    added = {tier: day for tier, day in further.days.items() if tier not in announcement.days}
    if not added or not further.reached:
        return announcement
    return msgspec.structs.replace(
        announcement,
        days=announcement.days | added,
        owed=(*announcement.owed, *(period for period in further.owed if period.tier in added)),
        audience=announcement.audience.joined(further.audience, added),
    )
