"""Previews: whom a deprecation would affect today, without writing anything."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import case, func, select

from lifecycle.database.pagination import Page, cut, read_cursor
from lifecycle.deprecations.audience.affected import audience_of
from lifecycle.deprecations.audience.moves import why_unreachable
from lifecycle.deprecations.audience.usage import scope_now
from lifecycle.deprecations.states import Affected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.deprecations.audience.revision_scopes import Scope
    from lifecycle.deprecations.deprecation_inputs import DeprecationIn


class PreviewTierOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many accounts of a tier are affected, surely or possibly, and could not be told."""

    tier: str
    affected: int
    possibly: int
    unreachable: int


class PreviewAccountOut(msgspec.Struct, frozen=True, kw_only=True):
    """An account that would be told; ``why_not`` says why it cannot be."""

    account: str
    tier: str
    affected: str
    why_possibly: str | None
    effective_on: date
    why_not: str | None


class PreviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """Counts by tier, and a page of the accounts by their numbers."""

    total: int
    tiers: tuple[PreviewTierOut, ...]
    versions: tuple[str, ...]
    accounts: tuple[PreviewAccountOut, ...]
    next: str | None


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of the accounts is wanted; of those ``unreachable`` alone if that is said."""

    unreachable: bool = False
    cursor: str | None = None
    limit: int = 100


async def preview(
    session: AsyncSession,
    content: DeprecationIn,
    loaded: Loaded,
    days: Mapping[str, date],
    *,
    today: date,
    listing: Listing,
) -> PreviewOut:
    """Say whom a deprecation with these days would affect, were it announced today."""
    scope = await scope_now(session, loaded, content, days, today=today)
    tiers = await _tiers(session, scope)
    accounts = await _accounts(session, scope, listing)
    return PreviewOut(
        total=sum(tier.affected + tier.possibly for tier in tiers),
        tiers=tiers,
        versions=scope.versions or (),
        accounts=tuple(accounts.items),
        next=accounts.next,
    )


async def list_accounts(
    session: AsyncSession,
    content: DeprecationIn,
    loaded: Loaded,
    days: Mapping[str, date],
    *,
    today: date,
    listing: Listing,
) -> Page[PreviewAccountOut]:
    """Return a page of the accounts that ``preview`` counts."""
    scope = await scope_now(session, loaded, content, days, today=today)
    return await _accounts(session, scope, listing)


async def _tiers(session: AsyncSession, scope: Scope) -> tuple[PreviewTierOut, ...]:
    audience = _audience(scope)
    surely = case((audience.c.affected == Affected.YES, 1))
    counted = select(
        audience.c.tier,
        func.count(surely),
        func.count(),
        func.count(why_unreachable(audience.c.owner)),
    ).group_by(audience.c.tier)
    counts = {row[0]: row for row in await session.execute(counted, scope.values)}
    return tuple(
        PreviewTierOut(tier=tier, affected=sure, possibly=all_ - sure, unreachable=silent)
        for tier, _ in scope.days
        for _, sure, all_, silent in [counts.get(tier, (tier, 0, 0, 0))]
    )


async def _accounts(
    session: AsyncSession, scope: Scope, listing: Listing
) -> Page[PreviewAccountOut]:
    audience = _audience(scope)
    why_not = why_unreachable(audience.c.owner)
    rows = select(audience, why_not.label("why_not"))
    if listing.unreachable:
        rows = rows.where(why_not.is_not(None))
    if listing.cursor is not None:
        rows = rows.where(audience.c.account_id > read_cursor(listing.cursor, [int])[0])
    rows = rows.order_by(audience.c.account_id).limit(listing.limit + 1)
    first_rows = (await session.execute(rows, scope.values)).all()
    page = cut(first_rows, listing.limit, lambda row: [row.account_id])
    accounts = [
        PreviewAccountOut(
            account=row.owner,
            tier=row.tier,
            affected=row.affected,
            why_possibly=row.why_possibly,
            effective_on=row.effective_on,
            why_not=row.why_not,
        )
        for row in page.items
    ]
    return Page(accounts, page.next)


def _audience(scope: Scope) -> Any:
    return audience_of(scope.form).cte("audience").prefix_with("MATERIALIZED")
