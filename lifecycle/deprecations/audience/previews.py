"""Previews: whom a deprecation would affect today, without writing anything."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import case, func, select

from lifecycle.database.pagination import Page, cut, read_cursor
from lifecycle.deprecations.audience.affected import audience_of
from lifecycle.deprecations.audience.moves import why_unreachable
from lifecycle.deprecations.audience.revision_scopes import Among, Listed
from lifecycle.deprecations.audience.usage import scope_now
from lifecycle.deprecations.states import Affected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.deprecations.audience.revision_scopes import Form, Scope
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


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """For whom notices are rehearsed, and what decides which of them it gets.

    ``is_reminded`` says that it had the one reminder of those that are only possibly affected.
    """

    account: str
    tier: str
    affected: Affected
    why_possibly: str | None
    effective_on: date
    why_not: str | None
    has_moved: bool = False
    is_reminded: bool = False

    @classmethod
    def of(cls, account: PreviewAccountOut) -> Reader:
        """Let an account of the audience read."""
        return cls(
            account=account.account,
            tier=account.tier,
            affected=Affected(account.affected),
            why_possibly=account.why_possibly,
            effective_on=account.effective_on,
            why_not=account.why_not,
        )


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
    session: AsyncSession, scope: Scope, listing: Listing, *, account: int | None = None
) -> tuple[PreviewOut, PreviewAccountOut | None]:
    """Say whom a deprecation would affect, were it announced today, and give one as the reader.

    The reader is the ``account`` with that number, if it is in the audience; left out, it is one
    that is affected rather than possibly, and that can be reached rather than not.
    """
    tiers, reader = await _tiers(session, scope)
    accounts = await _accounts(session, scope, listing)
    shown = PreviewOut(
        total=sum(tier.affected + tier.possibly for tier in tiers),
        tiers=tiers,
        versions=scope.versions or (),
        accounts=tuple(accounts.items),
        next=accounts.next,
    )
    return shown, await _reader(session, scope, reader if account is None else account)


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


async def _tiers(
    session: AsyncSession, scope: Scope
) -> tuple[tuple[PreviewTierOut, ...], int | None]:
    """Count the accounts of each tier, and find the number of the best reader among all."""
    rows = (await session.execute(_by_tier(scope.form), scope.values)).all()
    counts = {row.tier: row for row in rows}
    tiers = tuple(
        PreviewTierOut(
            tier=tier,
            affected=row.sure if row else 0,
            possibly=row.all - row.sure if row else 0,
            unreachable=row.silent if row else 0,
        )
        for tier, _ in scope.days
        for row in [counts.get(tier)]
    )
    for rank in ("sure_reader", "sure_one", "reader", "one"):
        if numbers := [getattr(row, rank) for row in rows if getattr(row, rank) is not None]:
            return tiers, min(numbers)
    return tiers, None


@lru_cache(maxsize=64)
def _by_tier(form: Form) -> Select[Any]:
    audience = _audience(form)
    reasoned = (
        select(audience, why_unreachable(audience.c.owner).label("why_not"))
        .cte("reasoned")
        .prefix_with("MATERIALIZED")
    )
    number, reached = reasoned.c.account_id, reasoned.c.why_not.is_(None)
    sure = reasoned.c.affected == Affected.YES
    return select(
        reasoned.c.tier,
        func.count(case((sure, 1))).label("sure"),
        func.count().label("all"),
        func.count(reasoned.c.why_not).label("silent"),
        func.min(case((sure & reached, number))).label("sure_reader"),
        func.min(case((sure, number))).label("sure_one"),
        func.min(case((reached, number))).label("reader"),
        func.min(number).label("one"),
    ).group_by(reasoned.c.tier)


async def _reader(
    session: AsyncSession, scope: Scope, number: int | None
) -> PreviewAccountOut | None:
    if number is None:
        return None
    listed = Listed({number})
    audience = _audience(scope.form, listed.among)
    rows = select(audience, why_unreachable(audience.c.owner).label("why_not"))
    row = (await session.execute(rows, scope.values | listed.values)).first()
    return None if row is None else _account(row)


async def _accounts(
    session: AsyncSession, scope: Scope, listing: Listing
) -> Page[PreviewAccountOut]:
    audience = _audience(scope.form)
    why_not = why_unreachable(audience.c.owner)
    rows = select(audience, why_not.label("why_not"))
    if listing.unreachable:
        rows = rows.where(why_not.is_not(None))
    if listing.cursor is not None:
        rows = rows.where(audience.c.account_id > read_cursor(listing.cursor, [int])[0])
    rows = rows.order_by(audience.c.account_id).limit(listing.limit + 1)
    first_rows = (await session.execute(rows, scope.values)).all()
    page = cut(first_rows, listing.limit, lambda row: [row.account_id])
    return Page([_account(row) for row in page.items], page.next)


def _account(row: Any) -> PreviewAccountOut:
    return PreviewAccountOut(
        account=row.owner,
        tier=row.tier,
        affected=row.affected,
        why_possibly=row.why_possibly,
        effective_on=row.effective_on,
        why_not=row.why_not,
    )


def _audience(form: Form, among: Among = Among.ALL) -> Any:
    return audience_of(form, among).cte("audience").prefix_with("MATERIALIZED")
