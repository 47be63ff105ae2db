"""Exchanges: a ladder like another one, but for a few releases that are gone or have come.

Building one anew takes as long as a product has releases; most of what was worked out for the
other one stands. Releases come by rank, and those that come stand after others of their rank.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from functools import cached_property
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING

from lifecycle.support.version_ranking import DAY, Ladder, events_of, rung_key, rung_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from lifecycle.support.facts import Release
    from lifecycle.support.version_ranking import Event, Interval, Rung, RungKey, Standings

RANK = attrgetter("rank")


def exchanged(
    releases: Iterable[Release], gone: Sequence[Release], come: Iterable[Release]
) -> list[Release]:
    """Give releases by rank without those that are gone, and with others in their places."""
    versions = {release.version for release in gone}
    found = [r for r in releases if r.version not in versions] if gone else list(releases)
    for release in come:
        insort(found, release, key=RANK)
    return found


class Exchanged(Ladder):
    """A ladder that differs from another one in the rungs of a few releases."""

    def __init__(self, other: Ladder, gone: Sequence[Release], come: Sequence[Release]) -> None:
        """Take the stable releases that are gone from the ``other``, and those that have come."""
        self.granularity = other.granularity
        self.members, self.rungs = dict(other.members), list(other.rungs)
        self._newest = {}
        self._other = other
        self._old: dict[RungKey, Rung] = {}
        self._new: dict[RungKey, Rung] = {}
        for key in self._keys(gone, come):
            here = [release for release in come if rung_key(release, self.granularity) == key]
            self._replace(key, exchanged(self.members.pop(key, ()), gone, here))
        self.position = self._positions()

    @cached_property
    def arrivals(self) -> dict[date, RungKey]:
        """The highest rung that began to count on each day."""
        theirs = self._other.arrivals
        if any(theirs[first] == key for key, old in self._old.items() for first, _ in old.active):
            return super().arrivals
        found = dict(theirs)
        for key, rung in self._new.items():
            for first, _ in rung.active:
                if self.position[found.get(first, key)] <= self.position[key]:
                    found[first] = key
        return found

    @cached_property
    def ascended(self) -> list[tuple[date, int]]:
        """The days on which a new highest rung came out, or will, with its rank, ascending."""
        found = list(self._other.ascended)
        left = {_beginning(each) for each in self._old.values()}
        came = {_beginning(each) for each in self._new.values()}
        if not (left - came).isdisjoint(found):
            return super().ascended
        for begun in came - left:
            place = bisect_left(found, begun)
            if not place or found[place - 1][1] < begun[1]:
                above = (n for n in range(place, len(found)) if found[n][1] > begun[1])
                found[place : next(above, len(found))] = [begun]
        return found

    @cached_property
    def events(self) -> list[Event]:
        """What came and went, by its days."""
        theirs = self._other.events
        found = [e for e in theirs if e[2] not in self._old] if self._old else list(theirs)
        for rung in self._new.values():
            for each in events_of(rung):
                insort(found, each, key=DAY)
        return found

    def all_newest(self, count: int) -> Standings:
        """Give those days of all rungs that ever were among the ``count`` highest."""
        if count not in self._newest:
            self._newest[count] = self._resumed(count)
        return self._newest[count]

    def _resumed(self, count: int) -> Standings:
        """Take what the other ladder knows until the first day on which the two differ."""
        found = dict(self._other.all_newest(count))
        since = min(self._differences(), default=None)
        if since is None:
            return found
        theirs, ours = _since(self._other.events, since), _since(self.events, since)
        goings = sum(not comes for _, comes, _ in (*theirs, *ours))
        # What may be among the highest yet: lower ones stay out, however many above them go.
        standing = list(islice(self._stood_before(since), count + goings))[::-1]
        keys = {self.rungs[index].key for index in standing}
        keys |= {key for _, _, key in (*theirs, *ours)}
        until = {key: found.pop(key, []) for key in keys}
        found |= {key: kept for key in keys if (kept := _closed_before(until[key], since))}
        entered = {
            index: until[self.rungs[index].key][len(found.get(self.rungs[index].key, ()))][0]
            for index in standing[-count:]
        }
        return self._sweep(count, found, standing, entered, ours)

    def _positions(self) -> dict[RungKey, int]:
        found = dict(self._other.position)
        for key in self._old.keys() - self._new.keys():
            del found[key]
        if ranks := [each.rank for each in (*self._old.values(), *self._new.values())]:
            lowest = bisect_left(self.rungs, min(ranks), key=RANK)
            found |= {self.rungs[at].key: at for at in range(lowest, len(self.rungs))}
        return found

    def _keys(self, gone: Iterable[Release], come: Iterable[Release]) -> set[RungKey]:
        keys = (rung_key(release, self.granularity) for release in (*gone, *come))
        return {key for key in keys if key is not None}

    def _replace(self, key: RungKey, members: list[Release]) -> None:
        """Put a rung in its place, or leave it where it is; one without members goes."""
        if members:
            self.members[key] = members
        positions = self._other.position
        old = self._other.rungs[positions[key]] if key in positions else None
        new = rung_of(key, members) if members else None
        if old == new:
            return
        if old is not None:
            self._old[key] = old
            del self.rungs[self.rungs.index(old, bisect_left(self.rungs, old.rank, key=RANK))]
        if new is not None:
            self._new[key] = new
            stays = old is not None and old.rank == new.rank
            place = (bisect_left if stays else bisect_right)(self.rungs, new.rank, key=RANK)
            self.rungs.insert(place, new)

    def _differences(self) -> Iterator[date]:
        """Give the days on which a rung came or went in one of the ladders alone."""
        for key in {**self._old, **self._new}:
            old, new = self._old.get(key), self._new.get(key)
            theirs = set(events_of(old)) if old else set()
            ours = set(events_of(new)) if new else set()
            # One that has another place differs on all of its days.
            same = old is not None and new is not None and old.rank == new.rank
            yield from (day for day, _, _ in (theirs ^ ours if same else theirs | ours))

    def _stood_before(self, day: date) -> Iterator[int]:
        """Give the places of what counted until the day, the highest first."""
        for index in reversed(range(len(self.rungs))):
            active = self.rungs[index].active
            if any(first < day and (until is None or day <= until) for first, until in active):
                yield index


def _beginning(rung: Rung) -> tuple[date, int]:
    return rung.active[0][0], rung.rank


def _since(events: list[Event], day: date) -> list[Event]:
    return events[bisect_left(events, day, key=DAY) :]


def _closed_before(intervals: Iterable[Interval], day: date) -> list[Interval]:
    return [(first, until) for first, until in intervals if until is not None and until < day]
