"""Moves: how often a day may have moved since it was first known, and when last.

A calendar program takes an event for newer than the one it has where its number of moves is higher.
So the number never falls, and rises with every change that can have moved the day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING, NamedTuple

from lifecycle.calendar.zones import instant_of, local_day
from lifecycle.deprecations.states import RevisionChange
from lifecycle.policy.succession import registration_zone
from lifecycle.policy.windows import AllOf, AnyOf, For, Newest, Rule, Window
from lifecycle.support.version_ranking import active_days, union

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.catalogue.recorded_changes import PolicyEntry
    from lifecycle.deprecations.public_histories import PublicHistory
    from lifecycle.support.facts import Release

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""The instant of facts of which nobody recorded when they became known."""


class Moves(NamedTuple):
    """How often a day may have moved, and the instant of the latest fact that it rests on."""

    times: int
    last: datetime


class _Opening(NamedTuple):
    """The lowest rank in a line, the day from which it stood, and when that became known.

    A line opens with its first release, and again after all its releases were withdrawn.
    """

    rank: int
    day: date
    known_at: datetime


def moves_of_effect(history: PublicHistory, tier: str) -> Moves:
    """Count how often the effective day of a tier was moved; a withdrawal counts as well."""
    days = [revision.days.get(tier) for revision in history.revisions]
    moved = sum(day != before for before, day in pairwise(days))
    withdrawn = RevisionChange.WITHDRAWN in history.latest.changes
    return Moves(moved + withdrawn, history.latest.at)


class EndMoves:
    """Counts the moves of ends of support in one product."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Note when each line became known."""
        self._snapshot = snapshot
        self._zone = registration_zone(snapshot.facts.policies)
        members: defaultdict[str, list[Release]] = defaultdict(list)
        for release in snapshot.facts.releases:  # the lowest first
            if not release.prerelease and release.line is not None:
                members[release.line].append(release)
        self._lines = {line: list(self._openings(listed)) for line, listed in members.items()}
        self._ranks_of = {
            line: {release.rank for release in listed} for line, listed in members.items()
        }
        self._ordered = sorted(chain.from_iterable(self._lines.values()))
        self._ranks = [opening.rank for opening in self._ordered]
        latest = accumulate((opening.known_at for opening in reversed(self._ordered)), max)
        self._latest_from: list[datetime | None] = [*reversed(list(latest)), None]

    def _openings(self, members: list[Release]) -> Iterator[_Opening]:
        rank, first = members[0].rank, min(release.day for release in members)
        yield _Opening(rank, first, min(map(self.known_at, members)))
        if any(release.withdrawn_on is not None for release in members):
            for day, _ in union(chain.from_iterable(map(active_days, members))):
                instants = [self.known_at(release) for release in members if release.day == day]
                if day > first and instants:
                    yield _Opening(rank, day, min(instants))

    def of(self, line: str, tier: str, last_day: date) -> Moves:
        """Count what may have moved the end of a line's support for a tier.

        Those are the revisions of announcements that end it, changes of what the line declares
        and of its releases, which may be withdrawn, and policies that were entered, or came into
        force, before the end. Where the tier's windows depend on releases, they are also changes
        of releases above, and the lines above that came out, or were known, by the day after the
        last: what came out then is what ended it.
        """
        recorded = self._snapshot.recorded
        instants = [*self._announced(line, tier), *recorded.lines.get(line, ())]
        entered = [entry.at for entry in recorded.policies if self._may_move(entry, last_day)]
        openings, own = self._lines.get(line, []), self._ranks_of.get(line, set())
        times = len(instants) + max(len(entered) - 1, 0) + max(len(openings) - 1, 0)
        instants += [*entered, *recorded.added.get(line, ())]
        instants += [opening.known_at for opening in openings]
        rank = openings[0].rank if openings else 0
        depends = self._depends_on_releases(tier)
        for entry in recorded.releases:
            if entry.rank in own or (depends and entry.rank >= rank):
                times += entry.times
                instants.append(entry.last)
        if depends:
            above, latest = self._known_above(rank, last_day)
            times += above
            instants += [latest] if latest is not None else []
        return Moves(times, max(instants, default=BEGINNING))

    def _may_move(self, entry: PolicyEntry, last_day: date) -> bool:
        return min(entry.in_force_from, local_day(entry.at, self._zone)) <= last_day

    def _announced(self, line: str, tier: str) -> Iterator[datetime]:
        for history in self._snapshot.published:
            if history.ends_line(line, tier):
                yield from (revision.at for revision in history.revisions)

    def _known_above(self, rank: int, last_day: date) -> tuple[int, datetime | None]:
        """Count the lines above that opened, or were known, by an end; and when the last was."""
        start = bisect_right(self._ranks, rank)
        if last_day == date.max:
            return len(self._ranks) - start, self._latest_from[start]
        by = last_day + timedelta(days=1)
        instants = [
            opening.known_at
            for opening in self._ordered[start:]
            if min(opening.day, local_day(opening.known_at, self._zone)) <= by
        ]
        return len(instants), max(instants, default=None)

    def _depends_on_releases(self, tier: str) -> bool:
        return any(
            depends_on_releases(terms.window)
            for policy in self._snapshot.facts.policies
            for terms in policy.tiers
            if terms.name == tier
        )

    def known_at(self, release: Release) -> datetime:
        """Return when a release was registered, or else the beginning of its day."""
        instant = self._snapshot.known.registered_at.get(release.version)
        return instant or instant_of(release.registered_on or release.day, time(), self._zone)


def depends_on_releases(window: Window) -> bool:
    """Return whether releases may move an end under a window.

    >>> from lifecycle.policy.windows import Declared, Granularity, Phase
    >>> declared = Declared((Phase.END_OF_LIFE,))
    >>> depends_on_releases(Window(declared))
    False
    >>> depends_on_releases(Window(AnyOf((declared, Newest(5, Granularity.MINOR)))))
    True
    """
    return window.at_least is not None or _counts_releases(window.rule)


def _counts_releases(rule: Rule) -> bool:
    if isinstance(rule, AnyOf | AllOf):
        return any(map(_counts_releases, rule.rules))
    return isinstance(rule, Newest | For)
