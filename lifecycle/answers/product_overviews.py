"""A product in a few facts: its newest version, what each tier covers, and what ends next.

They are read from the same matrix that the API serves.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.calendar.estimates import Estimate
from lifecycle.support.intervals import End
from lifecycle.support.status import PROMISED, Status, tells_releases_apart

if TYPE_CHECKING:
    from lifecycle.answers.response_structs import LineOut, MatrixOut
    from lifecycle.answers.snapshots import Snapshot


class TierCoverage(msgspec.Struct, frozen=True):
    """What a tier covers today, highest first: lines, or versions where it tells releases apart.

    ``unbroken`` is true where no line between the first and the last is left out.
    """

    tier: str
    names: tuple[str, ...]
    unbroken: bool
    best_effort: bool


class NextEnds(msgspec.Struct, frozen=True):
    """What ends next: the last covered day, or an estimate of it, and lines or versions by tier."""

    names: dict[str, tuple[str, ...]]
    last_day: date | None
    estimate: Estimate | None = None


class Overview(msgspec.Struct, frozen=True):
    """A product today; what ends next is fixed where anything is, else the likeliest."""

    newest: str | None
    tiers: tuple[TierCoverage, ...]
    next_ends: NextEnds | None


def overview(snapshot: Snapshot, matrix: MatrixOut, today: date) -> Overview:
    """Sum a product's matrix of ``today`` up."""
    coverage = snapshot.coverage(today)
    newest = coverage.newest_on(today)
    return Overview(
        newest=newest.version if newest else None,
        tiers=tuple(
            _tier_coverage(snapshot, matrix, tier, today) for tier in coverage.tier_names(today)
        ),
        next_ends=next_ends(snapshot, matrix, today),
    )


def next_ends(snapshot: Snapshot, matrix: MatrixOut, today: date) -> NextEnds | None:
    """Find what ends next of what is covered today: on a fixed day, or else by an estimate."""
    covered = [
        (line, tier, answer)
        for line in matrix.lines
        for tier, answer in line.tiers.items()
        if answer.status in PROMISED
    ]
    last_days = [
        answer.supported_until
        for _, _, answer in covered
        if answer.end is End.FIXED and answer.supported_until
    ]
    if last_days:
        last_day = min(last_days)
        names: dict[str, tuple[str, ...]] = {}
        for line, tier, answer in covered:
            if answer.supported_until == last_day:
                names[tier] = (*names.get(tier, ()), _name(snapshot, line, tier, today))
        return NextEnds(names, last_day)
    projected = [
        (answer.projected_until, line, tier)
        for line, tier, answer in covered
        if answer.projected_until
    ]
    if not projected:
        return None
    estimate, line, tier = min(projected, key=lambda end: end[0].median)
    return NextEnds({tier: (_name(snapshot, line, tier, today),)}, None, estimate)


def _name(snapshot: Snapshot, line: LineOut, tier: str, today: date) -> str:
    """Name what a cell speaks for: the line, or its newest version where the tier tells them."""
    if tells_releases_apart(snapshot.coverage(today), tier, at=today):
        return line.latest or line.line
    return line.line


def _tier_coverage(snapshot: Snapshot, matrix: MatrixOut, tier: str, today: date) -> TierCoverage:
    released = [line for line in matrix.lines if line.tiers[tier].status is not Status.PLANNED]
    covered = [line for line in released if line.tiers[tier].status in PROMISED]
    places = [place for place, line in enumerate(released) if line.tiers[tier].status in PROMISED]
    return TierCoverage(
        tier,
        tuple(_name(snapshot, line, tier, today) for line in covered),
        unbroken=bool(places) and places[-1] - places[0] + 1 == len(places),
        best_effort=any(line.tiers[tier].status is Status.BEST_EFFORT for line in released),
    )
