"""Caused ends: the ends of support that registering releases causes, and for whom."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol

from lifecycle.deprecations.audience.usage import accounts_running, scope_now
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.policy.notice_periods import Kind
from lifecycle.support.release_ends import CausedEnd
from lifecycle.support.simulation import compare_releases

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.deprecations.announced import Announced
    from lifecycle.deprecations.coverage_forecast import CoverageForecast
    from lifecycle.support.coverage import Coverage
    from lifecycle.support.simulation import ImpliedEnd


class _End(Protocol):
    """An end of support that releases cause, by itself or with all that the gate knows of it."""

    @property
    def line(self) -> str: ...
    @property
    def tier(self) -> str: ...
    @property
    def effective_on(self) -> date: ...
    @property
    def reason(self) -> str: ...


class _Announcement(Protocol):
    """What announced it, as it is stored or as the gate looks at it."""

    @property
    def uid(self) -> str: ...
    @property
    def announced_on(self) -> date: ...
    @property
    def days(self) -> dict[str, date]: ...


def ends_caused(
    before: CoverageForecast, after: Coverage, versions: Collection[str]
) -> tuple[ImpliedEnd, ...]:
    """Return the ends, today or later, that windows give only ``after`` releases came (pure).

    What ended before was history when it became known, and is left out.
    """
    windows = after.with_ends(())
    ends = compare_releases(before.windows, windows, versions).implied_ends
    return tuple(end for end in ends if end.effective_on >= after.today)


async def describe_ends(
    session: AsyncSession,
    loaded: Loaded,
    announced: tuple[Announced, ...],
    ends: Iterable[ImpliedEnd],
    *,
    today: date,
) -> list[CausedEnd]:
    """Say of each end how many accounts it concerns, and which announcement covers it."""
    tiers: defaultdict[str, list[str]] = defaultdict(list)
    for end in ends:
        tiers[end.line].append(end.tier)
    counts = {
        line: await _accounts(session, loaded, line, line_tiers, today=today)
        for line, line_tiers in tiers.items()
    }
    return [
        _described(loaded, end, announced, counts[end.line].get(end.tier, 0), today=today)
        for end in ends
    ]


async def _accounts(
    session: AsyncSession, loaded: Loaded, line: str, tiers: list[str], *, today: date
) -> dict[str, int]:
    content = DeprecationIn(
        product=loaded.slug, kind=Kind.END_OF_SUPPORT, lines=(line,), tiers=tuple(tiers)
    )
    days = dict.fromkeys(tiers, today)
    return await accounts_running(
        session, await scope_now(session, loaded, content, days, today=today)
    )


def _described(
    loaded: Loaded,
    end: ImpliedEnd,
    announced: tuple[Announced, ...],
    accounts: int,
    *,
    today: date,
) -> CausedEnd:
    members = [release for release in loaded.facts.releases if release.line == end.line]
    newest = members[-1].version if members else None
    announcement = announcement_of(end.line, newest, end.tier, announced)
    return caused(end, announcement, accounts, today=today)


def caused(
    end: _End, announcement: _Announcement | None, accounts: int, *, today: date
) -> CausedEnd:
    """Say of an end what follows from its announcement: the line is covered until that day."""
    effective_on, noticed_on = end.effective_on, today
    if announcement is not None:
        effective_on = max(effective_on, announcement.days[end.tier])
        noticed_on = announcement.announced_on
    return CausedEnd(
        line=end.line,
        tier=end.tier,
        effective_on=effective_on,
        days_of_notice=(effective_on - noticed_on).days,
        accounts=accounts,
        deprecation=announcement.uid if announcement else None,
        reason=end.reason,
    )


def announcement_of(
    line: str, newest: str | None, tier: str, announced: Iterable[Announced]
) -> Announced | None:
    """Find the announcement of a line's end to a tier; the nearest day of several counts.

    ``newest`` is the line's highest version, whatever it is.
    """
    candidates = [
        announced_change
        for announced_change in announced
        if announced_change.ends_support
        and tier in announced_change.days
        and announced_change.concerns(line, newest)
    ]
    return min(candidates, key=lambda announced_change: announced_change.days[tier], default=None)
