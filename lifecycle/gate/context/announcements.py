"""Announcements as the rules see them: with what was owed, who was told, and the waiver used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.catalogue import models
from lifecycle.deprecations.announced import is_no_sooner
from lifecycle.deprecations.audience.recipients import FOLLOWED_FOR
from lifecycle.deprecations.audience.usage import (
    accounts_not_noted,
    scope_now,
    users_not_noted,
)
from lifecycle.gate.context.notified_accounts import audiences, revisions_of
from lifecycle.gate.scenes import Announcement, Waiver
from lifecycle.versions import UnparsableVersion, scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.deprecations.announced import Announced
    from lifecycle.deprecations.models import Revision
    from lifecycle.gate.context.comparison import ReleaseComparison
    from lifecycle.gate.scenes import Audience
    from lifecycle.policy.lead_times import Owed


class Announcements:
    """Makes announcements for rules; who was told of each is counted once."""

    def __init__(self, session: AsyncSession, comparison: ReleaseComparison) -> None:
        self._session = session
        self._comparison = comparison
        self._told: dict[int, Audience] = {}
        self._waivers: dict[int, Waiver | None] = {}
        self._revisions: dict[int, list[Revision]] = {}

    async def read(self, announced: Iterable[Announced]) -> None:
        """Read how announcements were amended and who was told of them: of many at once."""
        if announced := list(
            {announced_change.id: announced_change for announced_change in announced}.values()
        ):
            comparison, revisions = self._comparison, await revisions_of(self._session, announced)
            days = {"at": comparison.at, "day": comparison.day}
            audiences_by_id = await audiences(
                self._session, announced, revisions, **days, zone=comparison.zone
            )
            self._revisions |= revisions
            self._told |= audiences_by_id | await self._whole(announced, audiences_by_id)

    async def of(self, announced: Announced, owed: Sequence[Owed]) -> Announcement:
        """Return an announcement with what its tiers are ``owed`` counted from it."""
        if announced.id not in self._told:
            await self.read([announced])
        content = announced.content
        return Announcement(
            uid=announced.uid,
            kind=content.kind,
            announced_on=announced.announced_on,
            days=announced.days,
            owed=tuple(owed),
            from_version=content.from_version,
            reached=reached(self._comparison, content.from_version),
            replacement=content.replacement,
            migration=bool(content.migration),
            waiver=await self._waiver(announced),
            audience=self._told[announced.id],
        )

    async def since(self, announced: Announced, line: str | None = None) -> dict[str, date]:
        """Return the day each tier was told; what an amendment added counts from the amendment."""
        if announced.id not in self._revisions:
            await self.read([announced])
        since: dict[str, date] = {}
        revisions = (r for r in self._revisions[announced.id] if r.on_day <= self._comparison.at)
        for revision in revisions:
            lines = revision.content.get("lines")
            if line is None or lines is None or line in lines:
                since |= {tier: revision.on_day for tier in revision.days if tier not in since}
        return {tier: since.get(tier, announced.announced_on) for tier in announced.days}

    async def _whole(
        self, announced: Iterable[Announced], audiences_by_id: Mapping[int, Audience]
    ) -> dict[int, Audience]:
        """Count as affected and not told also whom no worker has made a recipient yet."""
        comparison, accounts_by_id = self._comparison, {}
        since = comparison.at - FOLLOWED_FOR
        unreported = [
            announced_change
            for announced_change in announced
            if not audiences_by_id[announced_change.id].unfilled
            and max(announced_change.days.values()) >= since
        ]
        features = {e.content.feature: e.id for e in unreported if e.content.feature is not None}
        product = comparison.known.slug
        users = await users_not_noted(self._session, product, features, today=comparison.at)
        for announced_change in unreported:
            key = announced_change.content.feature
            if key is not None and features[key] == announced_change.id:
                new = {tier: n for tier, n in users[key].items() if tier in announced_change.tiers}
            else:
                new = await self._not_noted(announced_change)
            accounts_by_id[announced_change.id] = _with_new(
                audiences_by_id[announced_change.id], new
            )
        return accounts_by_id

    async def _not_noted(self, announced: Announced) -> dict[str, int]:
        scope = await scope_now(
            self._session,
            self._comparison.known,
            announced.content,
            announced.days,
            today=self._comparison.at,
            deprecation_id=announced.id,
        )
        return await accounts_not_noted(self._session, scope)

    async def _waiver(self, announced: Announced) -> Waiver | None:
        """Return the waiver under which its days, or the sooner ones before them, were announced.

        Who may break a promise by a day breaks none by a later one.
        """
        if announced.id not in self._waivers:
            if announced.id not in self._revisions:
                await self.read([announced])
            days = {tier: day.isoformat() for tier, day in announced.days.items()}
            numbers = [
                revision.waiver_id
                for revision in self._revisions[announced.id]
                if revision.waiver_id is not None and is_no_sooner(days, revision.days)
            ]
            row = await self._session.get(models.Waiver, numbers[-1]) if numbers else None
            self._waivers[announced.id] = waiver_of(row) if row else None
        return self._waivers[announced.id]


def _with_new(audience: Audience, new: Mapping[str, int]) -> Audience:
    affected, not_told = _sum(audience.affected, new), _sum(audience.not_told, new)
    return msgspec.structs.replace(audience, affected=affected, not_told=not_told)


def _sum(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    return {tier: first.get(tier, 0) + second.get(tier, 0) for tier in sorted({*first, *second})}


def reached(comparison: ReleaseComparison, from_version: str | None) -> bool:
    """Return whether the release is at or above the version that brings a change."""
    if from_version is None:
        return True
    rules = scheme(comparison.known.scheme)
    if rules.ordered:
        try:
            return bool(
                rules.parse(from_version).key <= rules.parse(comparison.manifest.version).key
            )
        except UnparsableVersion:
            return False
    rank = comparison.histories_later.rank_of(from_version)
    return rank is not None and rank <= comparison.release.rank


def waiver_of(row: models.Waiver) -> Waiver:
    """Return a stored waiver as the rules see it."""
    return Waiver(
        uid=row.uid,
        person=row.person,
        reason=row.reason,
        explanation=row.explanation,
        until=row.until,
        rule=row.rule,
        subject=row.subject,
    )
