"""Where knowledge of an end comes from: what an import of history brought is told to nobody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import exists, func, select

from lifecycle.audit.models import AuditEntry
from lifecycle.calendar.zones import local_day, zone
from lifecycle.catalogue.models import Release
from lifecycle.catalogue.queries import LIVE
from lifecycle.deprecations.implied_ends import horizon, implied_ends

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.deprecations.implied_ends import ImpliedEnd
    from lifecycle.policy.policies import Policy


async def is_history(session: AsyncSession, known: Loaded, policy: Policy, end: ImpliedEnd) -> bool:
    """Say whether the product came by an import that implied this end, and near, already then.

    Such an end waits for a person: the source's readers have long known of it. One that comes
    near later, or follows from what somebody entered since, is news.
    """
    found = select(func.min(AuditEntry.at)).where(
        AuditEntry.product == known.slug, AuditEntry.action == "product.imported"
    )
    imported_at = await session.scalar(found)
    if imported_at is None:
        return False
    day = local_day(imported_at, zone(policy.timezone))
    if end.effective_on > horizon(policy, day) or await _entered(session, known, end, imported_at):
        return False
    versions = await _versions_at(session, known, imported_at)
    releases = tuple(r for r in known.facts.releases if r.version in versions)
    facts = msgspec.structs.replace(known.facts, releases=releases)
    then = await asyncio.to_thread(implied_ends, facts, today=day)
    return any(
        each.line == end.line
        and each.effective_on == end.effective_on
        and set(end.tiers) <= set(each.tiers)
        for each in then
    )


async def _entered(
    session: AsyncSession, known: Loaded, end: ImpliedEnd, imported_at: datetime
) -> bool:
    """Say whether somebody has declared the line's days since."""
    entry = exists().where(
        AuditEntry.product == known.slug,
        AuditEntry.subject == f"{known.slug}/{end.line}",
        AuditEntry.action.in_(["line.added", "line.changed"]),
        AuditEntry.at > imported_at,
    )
    return bool(await session.scalar(select(entry)))


async def _versions_at(
    session: AsyncSession, known: Loaded, imported_at: datetime
) -> frozenset[str]:
    found = select(Release.version).where(
        Release.product_id == known.id, LIVE, Release.registered_at <= imported_at
    )
    return frozenset(await session.scalars(found))
