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


async def is_history(
    session: AsyncSession, loaded: Loaded, policy: Policy, end: ImpliedEnd
) -> bool:
    """Return whether the import that brought the product already implied this end as near.

    Such an end waits for a person: the source's readers have long known of it. One that comes
    near later, or follows from what somebody entered since, is news.
    """
    statement = select(func.min(AuditEntry.at)).where(
        AuditEntry.product == loaded.slug, AuditEntry.action == "product.imported"
    )
    imported_at = await session.scalar(statement)
    if imported_at is None:
        return False
    day = local_day(imported_at, zone(policy.timezone))
    if end.effective_on > horizon(policy, day) or await _entered(session, loaded, end, imported_at):
        return False
    versions = await _versions_at(session, loaded, imported_at)
    releases = tuple(r for r in loaded.facts.releases if r.version in versions)
    facts = msgspec.structs.replace(loaded.facts, releases=releases)
    ends_then = await asyncio.to_thread(implied_ends, facts, today=day)
    return any(
        implied_end.line == end.line
        and implied_end.effective_on == end.effective_on
        and set(end.tiers) <= set(implied_end.tiers)
        for implied_end in ends_then
    )


async def _entered(
    session: AsyncSession, loaded: Loaded, end: ImpliedEnd, imported_at: datetime
) -> bool:
    """Return whether somebody has declared the line's days since."""
    entry = exists().where(
        AuditEntry.product == loaded.slug,
        AuditEntry.subject == f"{loaded.slug}/{end.line}",
        AuditEntry.action.in_(["line.added", "line.changed"]),
        AuditEntry.at > imported_at,
    )
    return bool(await session.scalar(select(entry)))


async def _versions_at(
    session: AsyncSession, loaded: Loaded, imported_at: datetime
) -> frozenset[str]:
    statement = select(Release.version).where(
        Release.product_id == loaded.id, LIVE, Release.registered_at <= imported_at
    )
    return frozenset(await session.scalars(statement))
