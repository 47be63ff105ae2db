"""Ranking: what a window counts, in version order, and on which days each unit counted."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from datetime import date
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from lifecycle.policy.windows import Granularity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lifecycle.support.facts import Release

Interval: TypeAlias = tuple[date, date | None]
"""Half-open; None where it does not end."""

UnitKey: TypeAlias = str | int

Event: TypeAlias = tuple[date, bool, UnitKey]
"""A day, whether something came or went, and what."""

Standings: TypeAlias = dict[UnitKey, list[Interval]]
"""The days on which each unit was among the highest."""

DAY = itemgetter(0)
DECLARED = "declared"


class RankedUnit(msgspec.Struct, frozen=True, gc=False):
    """One release or line, and the days on which it counts.

    It counts from its first stable release on, while not all of its releases are withdrawn.
    """

    key: UnitKey
    name: str
    rank: int
    active: tuple[Interval, ...]

    def counts_on(self, day: date) -> bool:
        """Return whether one of its stable releases stood on that day."""
        return any(first <= day and (until is None or day < until) for first, until in self.active)


class VersionRanking:
    """The units of one granularity, lowest first."""

    def __init__(self, releases: Iterable[Release], granularity: Granularity) -> None:
        """Take the stable releases, plans that count included."""
        grouped: defaultdict[UnitKey, list[Release]] = defaultdict(list)
        for release in releases:
            if (key := unit_key(release, granularity)) is not None:
                grouped[key].append(release)
        self.granularity = granularity
        self.members = dict(grouped)
        self.ranked_units = sorted(
            (ranked_unit(key, members) for key, members in grouped.items()),
            key=lambda ranked: ranked.rank,
        )
        self.position = {ranked.key: index for index, ranked in enumerate(self.ranked_units)}
        self._newest: dict[int, Standings] = {}

    def newest(self, key: UnitKey, count: int) -> list[Interval]:
        """Return the days on which a unit was among the ``count`` highest that counted."""
        return self.all_newest(count).get(key, [])

    def all_newest(self, count: int) -> Standings:
        """Return those days of all units that ever were among the ``count`` highest."""
        if count not in self._newest:
            self._newest[count] = self._sweep(count)
        return self._newest[count]

    def above(self, key: UnitKey, day: date) -> int:
        """Count the units above this one that count on the day."""
        return sum(ranked.counts_on(day) for ranked in self.ranked_units[self.position[key] + 1 :])

    def highest_on(self, day: date) -> RankedUnit | None:
        """Return the highest unit that counts on the day."""
        return next(
            (ranked for ranked in reversed(self.ranked_units) if ranked.counts_on(day)), None
        )

    def arrived(self, key: UnitKey, day: date) -> RankedUnit | None:
        """Return the highest unit that began to count on the day, if it is above this one."""
        index = self.position[self.arrivals[day]] if day in self.arrivals else -1
        return self.ranked_units[index] if index > self.position[key] else None

    @cached_property
    def arrivals(self) -> dict[date, UnitKey]:
        """The highest unit that began to count on each day."""
        return {first: ranked.key for ranked in self.ranked_units for first, _ in ranked.active}

    @cached_property
    def last_ascent(self) -> date:
        """The day on which the highest unit came out, or will; a ranking with no unit has none."""
        return self.ascended[-1][0] if self.ascended else date.min

    def ascents(self, before: date) -> list[date]:
        """List the days before ``before`` on which a new highest unit came out, ascending."""
        return [day for day, _ in self.ascended[: bisect_left(self.ascended, (before, -1))]]

    @cached_property
    def ascended(self) -> list[tuple[date, int]]:
        """The days on which a new highest unit came out, or will, with its rank, ascending."""
        highest, days = -1, []
        for day, rank in sorted((ranked.active[0][0], ranked.rank) for ranked in self.ranked_units):
            if rank > highest:
                highest = rank
                days.append((day, rank))
        return days

    def _sweep(self, count: int) -> Standings:
        """Follow over the days who is among the highest."""
        standings: Standings = {}
        standing: list[int] = []
        entered: dict[int, date] = {}
        events = sorted(
            (unit for ranked in self.ranked_units for unit in events_of(ranked)), key=DAY
        )
        for day, events_of_day in groupby(events, key=DAY):
            lowest = standing[-count] if len(standing) >= count else -1
            touched = False
            for _, comes, key in events_of_day:
                index = self.position[key]
                place = bisect_left(standing, index)
                if comes:
                    standing.insert(place, index)
                else:
                    standing.pop(place)
                touched = touched or index >= lowest
            if touched:
                highest = set(standing[-count:])
                for index in entered.keys() - highest:
                    if (first := entered.pop(index)) < day:
                        standings.setdefault(self.ranked_units[index].key, []).append((first, day))
                entered.update((index, day) for index in highest - entered.keys())
        for index, first in entered.items():
            standings.setdefault(self.ranked_units[index].key, []).append((first, None))
        return standings


def line_grain(line_by: str, releases: Iterable[Release]) -> str:
    """Return the granularity of a product's lines; of declared ones, what each keeps to.

    >>> from lifecycle.support.facts import Release
    >>> day = date(2026, 1, 1)
    >>> patches = [
    ...     Release(f"1.27.{n}", n, day, line="1.27", units=("1", "1.27", f"1.27.{n}"))
    ...     for n in range(2)
    ... ]
    >>> str(line_grain("declared", patches)), line_grain("declared", [])
    ('minor', 'declared')
    """
    if line_by != DECLARED:
        return line_by
    units: defaultdict[str, set[tuple[str, str] | None]] = defaultdict(set)
    for release in releases:
        if release.line is not None:
            units[release.line].add(release.units[:2] if release.units else None)
    if not units or any(None in of_line for of_line in units.values()):
        return DECLARED
    if all(len(of_line) == 1 for of_line in units.values()):
        return Granularity.MINOR
    majors = ({unit[0] for unit in of_line if unit} for of_line in units.values())
    return Granularity.MAJOR if all(len(of_line) == 1 for of_line in majors) else DECLARED


def unit_key(release: Release, granularity: Granularity) -> UnitKey | None:
    """Name the unit a release stands on; None where it has none of that granularity."""
    if granularity is Granularity.RELEASE:
        return release.rank
    if granularity is Granularity.LINE:
        return release.line
    if release.units is None:
        return None
    major, minor, patch = release.units
    return {Granularity.MAJOR: major, Granularity.MINOR: minor}.get(granularity, patch)


def union(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Merge half-open intervals that touch or overlap.

    >>> union([(date(2026, 3, 1), None), (date(2026, 1, 1), date(2026, 3, 1))])
    ((datetime.date(2026, 1, 1), None),)
    """
    merged: list[Interval] = []
    for first, until in sorted(intervals, key=itemgetter(0)):
        if merged and (merged[-1][1] is None or first <= merged[-1][1]):
            last = merged[-1][1]
            merged[-1] = (
                merged[-1][0],
                None if last is None or until is None else max(last, until),
            )
        else:
            merged.append((first, until))
    return tuple(merged)


def active_days(release: Release) -> list[Interval]:
    """Return the days on which a release stood, its withdrawal left out.

    A release withdrawn on or before its own day stood from its restoration on, if ever.
    """
    if release.withdrawn_on is None:
        return [(release.day, None)]
    stood: list[Interval] = []
    if release.day < release.withdrawn_on:
        stood.append((release.day, release.withdrawn_on))
    if release.restored_on is not None:
        stood.append((max(release.day, release.restored_on), None))
    return stood


def stands_on(release: Release, day: date) -> bool:
    """Return whether a release was not withdrawn on a day."""
    return release.withdrawn_on is None or lies_in(day, active_days(release))


def lies_in(day: date, intervals: Iterable[Interval]) -> bool:
    """Return whether a day lies in one of some intervals.

    >>> lies_in(date(2026, 5, 1), [(date(2026, 1, 1), date(2026, 5, 1)), (date(2026, 6, 1), None)])
    False
    """
    return any(first <= day and (until is None or day < until) for first, until in intervals)


def ranked_unit(key: UnitKey, members: Sequence[Release]) -> RankedUnit:
    """Make the unit of the releases that stand on it."""
    if len(members) == 1 and members[0].withdrawn_on is None:
        only = members[0]
        name = only.version if isinstance(key, int) else key
        return RankedUnit(key, name, only.rank, ((only.day, None),))
    lowest = min(members, key=lambda release: release.rank)
    name = lowest.version if isinstance(key, int) else key
    if all(release.withdrawn_on is None for release in members):
        return RankedUnit(key, name, lowest.rank, ((min(r.day for r in members), None),))
    stood = union(interval for release in members for interval in active_days(release))
    never = ((date.max, date.max),)
    return RankedUnit(key, name, lowest.rank, stood or never)


def events_of(ranked: RankedUnit) -> Iterator[Event]:
    """Yield the days on which a unit came and went."""
    for first, until in ranked.active:
        if until is None or first < until:
            yield first, True, ranked.key
            if until is not None:
                yield until, False, ranked.key
