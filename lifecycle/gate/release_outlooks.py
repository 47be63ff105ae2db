"""Outlooks: what registering or changing a release would do; nothing is stored to find out."""

from __future__ import annotations

import asyncio
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from lifecycle.catalogue import queries, releases
from lifecycle.catalogue.prospective_releases import with_releases
from lifecycle.catalogue.rows import facts_of
from lifecycle.deprecations.workflow.caused_ends import describe_ends
from lifecycle.gate import registration
from lifecycle.gate.registration import Batch
from lifecycle.gate.verdict_outputs import VerdictOut
from lifecycle.support.coverage import Coverage
from lifecycle.support.facts import NOT_YET
from lifecycle.support.release_ends import CausedEnd
from lifecycle.support.simulation import CoverageChange, compare, side_by_side
from lifecycle.support.status import UNCOVERED

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.catalogue.catalogue_inputs import ReleaseIn, ReleasePatch
    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.catalogue.models import Product, Release
    from lifecycle.support.simulation import ImpliedEnd


class LineOutlook(msgspec.Struct, frozen=True):
    """A line without and with the change, tier by tier."""

    line: str
    tiers: tuple[CoverageChange, ...]

    @property
    def differs(self) -> bool:
        """Whether any tier gets something else."""
        return any(cell.differs for cell in self.tiers)

    @property
    def is_over(self) -> bool:
        """Whether no tier is promised anything, either way."""
        answers = [answer for cell in self.tiers for answer in (cell.before, cell.after) if answer]
        return all(answer.status in UNCOVERED for answer in answers)


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What would follow: every line on the day ``at``, the ends, and what the gate says.

    The gate has no say in changes of what is registered already.
    """

    today: date
    at: date
    lines: tuple[LineOutlook, ...]
    ends: list[CausedEnd]
    verdict: VerdictOut | None = None


async def look_ahead(
    session: AsyncSession, snapshot: Snapshot, release: ReleaseIn, *, now: datetime
) -> Outlook:
    """Say what registering a release would do, and what the gate says; refuse what it refuses.

    The matrix is that of the release's day, or of today for one of the past.
    """
    today, _ = snapshot.days(now)
    product = await queries.get_product(session, snapshot.slug)
    await releases.check(session, product, [release], today=today, listed=False)
    batch = Batch([release], listed=False, gated=True)
    caused = await registration.work_out(session, snapshot, batch, now=now)
    at = max(today, release.released_on or release.planned_on or today)
    lines = await asyncio.to_thread(_lines, caused.before.full, caused.after, at)
    verdict = caused.verdicts[0] if caused.verdicts else None
    return Outlook(today=today, at=at, lines=lines, ends=caused.ends, verdict=verdict)


async def look_ahead_to_change(
    session: AsyncSession,
    snapshot: Snapshot,
    release: Release,
    patch: ReleasePatch,
    *,
    now: datetime,
) -> Outlook:
    """Say what a change of a release would do; refuse one that does not fit.

    The matrix is that of the first day that changes, or of today for one of the past.
    """
    today, _ = snapshot.days(now)
    product = await queries.get_product(session, snapshot.slug)
    after = await _changed(session, product, release, patch, today=today)
    moved = _days_of(facts_of(release)) ^ _days_of(after)
    at = max(today, min(moved, default=today))
    later, lines, ends = await asyncio.to_thread(
        _compare, snapshot, release.version, after, at=at, today=today
    )
    lines_left = {release.line for release in later.facts.releases}
    described = []
    for loaded, is_left in ((later, True), (snapshot.known, False)):  # who runs what, where it is
        own = [end for end in ends if (end.line in lines_left) is is_left]
        described += await describe_ends(session, loaded, snapshot.announced, own, today=today)
    return Outlook(today=today, at=at, lines=lines, ends=described)


async def _changed(
    session: AsyncSession, product: Product, release: Release, patch: ReleasePatch, *, today: date
) -> ReleaseIn | None:
    """Return the release as it would be; None where it is voided."""
    if patch.voided is not UNSET:
        return None
    return await releases.changed(session, product, release, patch, today=today)


def _days_of(facts: ReleaseIn | None) -> set[date]:
    """Return the days on which something happens to a release."""
    if facts is None:
        return set()
    days = (facts.released_on or facts.planned_on, facts.withdrawn_on, facts.restored_on)
    return {day for day in days if day is not None}


def _compare(
    snapshot: Snapshot, version: str, after: ReleaseIn | None, *, at: date, today: date
) -> tuple[Loaded, tuple[LineOutlook, ...], list[ImpliedEnd]]:
    """Return the product as it would be, its lines on a day, and the ends that it then has."""
    later = _with_change(snapshot, version, after)
    before, coverage = snapshot.forecast(today), Coverage(later.facts, today=today)
    windows = compare(before.windows, coverage.with_ends(()), at=at)
    ends = [end for end in windows.implied_ends if end.effective_on >= today]
    return later, _lines(before.full, coverage, at), ends


def _with_change(snapshot: Snapshot, version: str, after: ReleaseIn | None) -> Loaded:
    loaded, before = snapshot.known, snapshot.by_version[version]
    if after is None:
        releases = tuple(release for release in loaded.facts.releases if release is not before)
        return msgspec.structs.replace(
            loaded, facts=msgspec.structs.replace(loaded.facts, releases=releases)
        )
    registered_on = NOT_YET if before.planned else before.registered_on or before.day
    return with_releases(loaded, [after], plans={}, registered_on=registered_on)


def _lines(old: Coverage, new: Coverage, at: date) -> tuple[LineOutlook, ...]:
    cells = groupby(side_by_side(old, new, at=at), key=lambda cell: cell.line)
    return tuple(LineOutlook(line, tuple(tiers)) for line, tiers in cells)
