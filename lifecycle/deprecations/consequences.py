"""Consequences: the ends of support that registering releases causes, and for whom."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.deprecations.announced import load_known
from lifecycle.deprecations.facts import DeprecationIn
from lifecycle.deprecations.running import accounts_by_tier
from lifecycle.policy.notice import Kind
from lifecycle.support.simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loading import Loaded
    from lifecycle.deprecations.announced import Announced
    from lifecycle.support.simulation import ImpliedEnd, Simulation


class CausedEnd(msgspec.Struct, frozen=True, kw_only=True):
    """An end of support for a line and a tier that follows from what was registered.

    ``accounts`` counts those of the tier that run the line. ``deprecation`` is the one that
    announced it, from which ``days_of_notice`` count; without one, nobody is told yet, and they
    count from today.
    """

    line: str
    tier: str
    effective_on: date
    days_of_notice: int
    accounts: int
    deprecation: str | None
    reason: str


async def caused_by(
    session: AsyncSession, slug: str, versions: Sequence[str], *, today: date
) -> list[CausedEnd]:
    """Say which ends the releases of these versions, just registered, cause today or later.

    What ended before was history when it became known, and is left out.
    """
    known, announced = await load_known(session, slug)
    simulation = await asyncio.to_thread(_without, known, frozenset(versions), today=today)
    ends = simulation.implied_ends if simulation else ()
    return [
        await _caused(session, known, end, announced, today=today)
        for end in ends
        if end.effective_on >= today
    ]


def _without(known: Loaded, versions: frozenset[str], *, today: date) -> Simulation | None:
    """Compare what the windows give with these releases and without them."""
    after = msgspec.structs.replace(known.facts, ends=())
    added = [release for release in after.releases if release.version in versions]
    if not added or not after.policies:
        return None
    others = tuple(release for release in after.releases if release.version not in versions)
    before = msgspec.structs.replace(after, releases=others)
    return simulate(before, after, at=max(release.day for release in added), today=today)


async def _caused(
    session: AsyncSession,
    known: Loaded,
    end: ImpliedEnd,
    announced: tuple[Announced, ...],
    *,
    today: date,
) -> CausedEnd:
    content = DeprecationIn(
        product=known.slug, kind=Kind.END_OF_SUPPORT, lines=(end.line,), tiers=(end.tier,)
    )
    counts = await accounts_by_tier(session, known, content, tiers=[end.tier], today=today)
    told = _telling(known, end, announced)
    effective_on = max(end.effective_on, told.days[end.tier]) if told else end.effective_on
    return CausedEnd(
        line=end.line,
        tier=end.tier,
        effective_on=effective_on,
        days_of_notice=(effective_on - (told.announced_on if told else today)).days,
        accounts=counts.get(end.tier, 0),
        deprecation=told.uid if told else None,
        reason=end.reason,
    )


def _telling(known: Loaded, end: ImpliedEnd, announced: tuple[Announced, ...]) -> Announced | None:
    """Find the announcement of an end, if there is one; the nearest day of several counts."""
    members = [release for release in known.facts.releases if release.line == end.line]
    newest = members[-1].version if members else None
    found = [
        each
        for each in announced
        if each.ends_support and end.tier in each.days and each.concerns(end.line, newest)
    ]
    return min(found, key=lambda each: each.days[end.tier], default=None)
