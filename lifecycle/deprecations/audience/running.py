"""Which accounts run versions that an end of support concerns, or use a feature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import String, func, literal, select

from lifecycle.accounts.models import Instance
from lifecycle.database.json_arrays import holds
from lifecycle.deprecations.audience.affected import tier_of, versions_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy import ColumnElement, Subquery
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loading import Loaded
    from lifecycle.deprecations.facts import DeprecationIn


async def accounts_by_tier(
    session: AsyncSession,
    known: Loaded,
    content: DeprecationIn,
    *,
    tiers: Iterable[str],
    today: date,
) -> dict[str, int]:
    """Count, by the tier they have on the day, the accounts that run an affected version.

    An instance's own tier goes before its account's. Tiers without any are left out.
    """
    versions = await versions_of(session, content, known)
    if not versions:
        return {}
    array = literal(msgspec.json.encode(versions).decode(), String())
    running = _running(known.slug, holds(array, Instance.version), today)
    counted = (
        select(running.c.tier, func.count())
        .where(running.c.tier.in_(list(tiers)))
        .group_by(running.c.tier)
    )
    return {row.tier: row[1] for row in await session.execute(counted)}


async def accounts_using(
    session: AsyncSession, product: str, feature: str, *, today: date
) -> dict[str, int]:
    """Count, by the tier they have on the day, the accounts that use a feature of a product."""
    using = _running(product, holds(Instance.features, literal(feature, String())), today)
    counted = select(using.c.tier, func.count()).where(using.c.tier.is_not(None))
    rows = await session.execute(counted.group_by(using.c.tier).order_by(using.c.tier))
    return {row.tier: row[1] for row in rows}


def _running(product: str, matching: ColumnElement[bool], today: date) -> Subquery:
    """Select accounts with the tiers under which they run matching instances of a product."""
    tier = func.coalesce(Instance.tier, tier_of(Instance.account_id, today))
    found = select(Instance.account_id, tier.label("tier"))
    return found.where(Instance.product == product, matching).distinct().subquery()
