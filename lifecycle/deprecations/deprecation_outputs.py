"""Deprecations as they are shown, with the status they have on their product's today."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from lifecycle.calendar.zones import local_day
from lifecycle.catalogue.models import Waiver
from lifecycle.catalogue.queries import today_for, zones_of
from lifecycle.database.pagination import Page
from lifecycle.deprecations import queries
from lifecycle.deprecations.deprecation_inputs import DeprecationIn, EffectiveOn, Link
from lifecycle.deprecations.states import Origin, Status
from lifecycle.policy.notice_periods import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.visibility import Visibility
    from lifecycle.deprecations.models import Deprecation, Revision
    from lifecycle.deprecations.queries import Filter


class RevisionOut(msgspec.Struct, frozen=True, kw_only=True):
    """A deprecation as it was announced or amended, with what each tier was owed that day.

    ``waiver`` names the recorded decision that let a day be too early.
    """

    number: int
    change: str
    on_day: date
    at: datetime
    reason: str
    effective_on: dict[str, date]
    content: DeprecationIn
    owed: dict[str, Any]
    policy: str | None
    waiver: str | None
    actor: str | UnsetType = UNSET


class DeprecationOut(msgspec.Struct, frozen=True, kw_only=True):
    """A change announced, or to be announced.

    ``effective_on`` is one day where it is the same for all tiers; once announced, ``days`` has
    every tier's. Who did it is shown to those who may publish.
    """

    id: str
    product: str
    kind: Kind
    status: Status
    origin: Origin
    lines: tuple[str, ...] | None
    range: str | None
    feature: str | None
    whole_product: bool
    tiers: tuple[str, ...] | None
    from_version: str | None
    effective_on: EffectiveOn | None
    days: dict[str, date]
    reason: str
    migration: str | None
    replacement: str | None
    links: tuple[Link, ...]
    caused_by: str | None
    announce_on: date | None
    announced_on: date | None
    announced_at: datetime | None
    withdrawn_at: datetime | None
    revision: int
    created_at: datetime
    created_by: str | UnsetType = UNSET
    revisions: list[RevisionOut] | UnsetType = UNSET

    @classmethod
    def of(
        cls,
        row: Deprecation,
        today: date,
        *,
        inside: bool,
        revisions: list[RevisionOut] | UnsetType = UNSET,
    ) -> DeprecationOut:
        """Show a deprecation as it stands today; ``inside`` to those who may publish."""
        content, days = queries.content_of(row), queries.days_of(row.days)
        return cls(
            id=row.uid,
            product=content.product,
            kind=content.kind,
            status=queries.status_on(row, today),
            origin=Origin(row.origin),
            lines=content.lines,
            range=content.range,
            feature=content.feature,
            whole_product=content.whole_product,
            tiers=content.tiers,
            from_version=content.from_version,
            effective_on=_together(days) or content.effective_on,
            days=days,
            reason=content.reason,
            migration=content.migration,
            replacement=content.replacement,
            links=content.links,
            caused_by=row.caused_by,
            announce_on=row.announce_on,
            announced_on=row.announced_on,
            announced_at=row.announced_at,
            withdrawn_at=row.withdrawn_at,
            revision=row.revision,
            created_at=row.created_at,
            created_by=row.created_by if inside else UNSET,
            revisions=revisions,
        )


async def page_of_deprecations(
    session: AsyncSession,
    only: Filter,
    *,
    now: datetime,
    visibility: Visibility,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[DeprecationOut]:
    """Show deprecations, the newest first.

    Of a product that is shown whole, those not announced yet as well.
    """
    today = await today_for(session, only.product, now) if only.product else now.date()
    listed = await queries.list_of(
        session, only, visibility=visibility, today=today, cursor=cursor, limit=limit
    )
    days = await _days(session, listed.items, now)
    shown = [
        DeprecationOut.of(
            row, days[row.product_id], inside=visibility.shows_whole(row.content["product"])
        )
        for row in listed.items
    ]
    return Page(shown, listed.next)


async def show(
    session: AsyncSession, row: Deprecation, *, now: datetime, inside: bool
) -> DeprecationOut:
    """Show a deprecation with all its revisions; ``inside`` to those who may publish."""
    today = await today_for(session, await queries.product_of(session, row), now)
    rows = await queries.revisions(session, row)
    shown = [await _revision(session, row, inside=inside) for row in rows]
    return DeprecationOut.of(row, today, inside=inside, revisions=shown)


async def _revision(session: AsyncSession, row: Revision, *, inside: bool) -> RevisionOut:
    waiver = await session.get_one(Waiver, row.waiver_id) if row.waiver_id else None
    return RevisionOut(
        number=row.number,
        change=row.change,
        on_day=row.on_day,
        at=row.at,
        reason=row.reason,
        effective_on=queries.days_of(row.days),
        content=queries.content_of(row),
        owed=row.owed,
        policy=row.policy,
        waiver=waiver.uid if waiver else None,
        actor=row.actor if inside else UNSET,
    )


def _together(days: dict[str, date]) -> EffectiveOn | None:
    """Return one day for all tiers where it is the same, else each tier's."""
    if not days:
        return None
    distinct = set(days.values())
    return distinct.pop() if len(distinct) == 1 else days


async def _days(
    session: AsyncSession, rows: Iterable[Deprecation], now: datetime
) -> dict[int, date]:
    """Return which day it is for each of the products that are concerned."""
    zones = await zones_of(session, {row.product_id for row in rows}, now)
    return {product_id: local_day(now, zone) for product_id, zone in zones.items()}
