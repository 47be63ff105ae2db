"""Moves: how often a day may have moved since it was first known, and when last.

A calendar program takes an event for newer than the one it has where its number of moves is higher.
So the number never falls, and rises with every change that can have moved the day.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, time
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from lifecycle.calendar.zones import instant_of, local_day
from lifecycle.deprecations.states import RevisionChange
from lifecycle.policy.succession import registration_zone
from lifecycle.policy.windows import AllOf, AnyOf, For, Newest, Rule, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.catalogue.recorded_changes import PolicyEntry
    from lifecycle.deprecations.public_histories import PublicHistory

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""The instant of facts of which nobody recorded when they became known."""


class Moves(NamedTuple):
    """How often a day may have moved, and the instant of the latest fact that it rests on."""

    times: int
    last: datetime


class _Opening(NamedTuple):
    """A line's first stable release in version order, and the first day of any."""

    rank: int
    day: date
    known_on: date


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
        self._lines: dict[str, _Opening] = {}
        for release in snapshot.facts.releases:  # the lowest first
            if release.prerelease or release.line is None:
                continue
            known_on = release.registered_on or release.day
            before = self._lines.get(release.line, _Opening(release.rank, release.day, known_on))
            self._lines[release.line] = _Opening(
                before.rank, min(before.day, release.day), min(before.known_on, known_on)
            )
        self._ordered = sorted(self._lines.values())
        self._ranks = [opening.rank for opening in self._ordered]
        latest = accumulate((opening.known_on for opening in reversed(self._ordered)), max)
        self._latest_from: list[date | None] = [*reversed(list(latest)), None]

    def of(self, line: str, tier: str, last_day: date) -> Moves:
        """Count what may have moved the end of a line's support for a tier.

        Those are the revisions of announcements that end it, changes of what the line declares,
        and policies that were entered, or came into force, before the end. Where the tier's
        windows depend on releases, they are also changes of releases, and the lines above that
        came out before the end, or were known before it.
        """
        recorded = self._snapshot.recorded
        instants = [*self._announced(line, tier), *recorded.lines.get(line, ())]
        entered = [entry.at for entry in recorded.policies if self._may_move(entry, last_day)]
        times = len(instants) + max(len(entered) - 1, 0)
        instants += entered
        opening = self._lines.get(line)
        if opening:
            instants.append(self.instant(opening.known_on))
        if self._depends_on_releases(tier):
            rank = opening.rank if opening else 0
            changes = [entry for entry in recorded.releases if entry.rank >= rank]
            above, latest = self._known_above(rank, last_day)
            times += sum(entry.times for entry in changes) + above
            instants += [entry.last for entry in changes]
            if latest is not None:
                instants.append(self.instant(latest))
        return Moves(times, max(instants, default=BEGINNING))

    def _may_move(self, entry: PolicyEntry, last_day: date) -> bool:
        return min(entry.in_force_from, local_day(entry.at, self._zone)) <= last_day

    def _announced(self, line: str, tier: str) -> Iterator[datetime]:
        for history in self._snapshot.published:
            if history.ends_line(line, tier):
                yield from (revision.at for revision in history.revisions)

    def _known_above(self, rank: int, last_day: date) -> tuple[int, date | None]:
        """Count the lines above that opened, or were known, by a day; and when the last was."""
        start = bisect_right(self._ranks, rank)
        if last_day == date.max:
            return len(self._ranks) - start, self._latest_from[start]
        days = [
            opening.known_on
            for opening in self._ordered[start:]
            if min(opening.day, opening.known_on) <= last_day
        ]
        return len(days), max(days, default=None)

    def _depends_on_releases(self, tier: str) -> bool:
        return any(
            depends_on_releases(terms.window)
            for policy in self._snapshot.facts.policies
            for terms in policy.tiers
            if terms.name == tier
        )

    def instant(self, day: date) -> datetime:
        """Return when a day begins, in the zone in which releases are registered."""
        return instant_of(day, time(), self._zone)


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
