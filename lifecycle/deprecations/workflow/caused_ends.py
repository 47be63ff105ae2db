"""Consequences: the ends of support that registering releases causes, and for whom."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Protocol

import msgspec

from lifecycle.deprecations.announced import load_known
from lifecycle.deprecations.audience.usage import accounts_by_tier
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.policy.notice_periods import Kind
from lifecycle.support.simulation import simulate_releases

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_products import Loaded
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


class _End(Protocol):
    """An end of support that releases cause, as it is known before it is told."""

    @property
    def line(self) -> str: ...
    @property
    def tier(self) -> str: ...
    @property
    def effective_on(self) -> date: ...
    @property
    def reason(self) -> str: ...


class _Told(Protocol):
    """What announced it."""

    @property
    def uid(self) -> str: ...
    @property
    def announced_on(self) -> date: ...
    @property
    def days(self) -> dict[str, date]: ...


async def caused_by(
    session: AsyncSession, slug: str, versions: Collection[str], *, today: date
) -> list[CausedEnd]:
    """Say which ends the releases of these versions, just registered, cause today or later.

    What ended before was history when it became known, and is left out.
    """
    known, announced = await load_known(session, slug)
    ends = await ends_caused(known, versions, today=today)
    return await told_of(session, known, announced, ends, today=today)


async def ends_caused(
    known: Loaded, versions: Collection[str], *, today: date
) -> tuple[ImpliedEnd, ...]:
    """Compare what the windows give with the releases of these versions and without them."""
    facts = msgspec.structs.replace(known.facts, ends=())
    # With thousands of releases this takes a while: others are answered meanwhile.
    simulation = await asyncio.to_thread(simulate_releases, facts, frozenset(versions), today=today)
    return ends_of(simulation, today=today)


def ends_of(simulation: Simulation | None, *, today: date) -> tuple[ImpliedEnd, ...]:
    """Keep of the ends that a simulation implies those of today or later."""
    ends = simulation.implied_ends if simulation else ()
    return tuple(end for end in ends if end.effective_on >= today)


async def told_of(
    session: AsyncSession,
    known: Loaded,
    announced: tuple[Announced, ...],
    ends: Iterable[ImpliedEnd],
    *,
    today: date,
) -> list[CausedEnd]:
    """Say of each end how many accounts it concerns, and which announcement told them."""
    tiers: defaultdict[str, list[str]] = defaultdict(list)
    for end in ends:
        tiers[end.line].append(end.tier)
    counts = {
        line: await _accounts(session, known, line, some, today=today)
        for line, some in tiers.items()
    }
    return [
        _caused(known, end, announced, counts[end.line].get(end.tier, 0), today=today)
        for end in ends
    ]


async def _accounts(
    session: AsyncSession, known: Loaded, line: str, tiers: list[str], *, today: date
) -> dict[str, int]:
    content = DeprecationIn(
        product=known.slug, kind=Kind.END_OF_SUPPORT, lines=(line,), tiers=tuple(tiers)
    )
    return await accounts_by_tier(session, known, content, tiers=tiers, today=today)


def _caused(
    known: Loaded,
    end: ImpliedEnd,
    announced: tuple[Announced, ...],
    accounts: int,
    *,
    today: date,
) -> CausedEnd:
    members = [release for release in known.facts.releases if release.line == end.line]
    newest = members[-1].version if members else None
    return caused(end, telling(end.line, newest, end.tier, announced), accounts, today=today)


def caused(end: _End, told: _Told | None, accounts: int, *, today: date) -> CausedEnd:
    """Say of an end what follows from its announcement: the line is covered until that day."""
    effective_on = max(end.effective_on, told.days[end.tier]) if told else end.effective_on
    return CausedEnd(
        line=end.line,
        tier=end.tier,
        effective_on=effective_on,
        days_of_notice=(effective_on - (told.announced_on if told else today)).days,
        accounts=accounts,
        deprecation=told.uid if told else None,
        reason=end.reason,
    )


def telling(
    line: str, newest: str | None, tier: str, announced: Iterable[Announced]
) -> Announced | None:
    """Find the announcement of a line's end to a tier; the nearest day of several counts.

    ``newest`` is the line's highest version, whatever it is.
    """
    found = [
        each
        for each in announced
        if each.ends_support and tier in each.days and each.concerns(line, newest)
    ]
    return min(found, key=lambda each: each.days[tier], default=None)
