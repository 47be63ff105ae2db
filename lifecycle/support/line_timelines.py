"""Line timelines: the days on which a line is covered, by one of its releases after the other.

On each day the line's newest release speaks for it. That one release takes the place of another
within the line ends nothing: the line goes on as the newer one does (design, section 3.2).
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from lifecycle.policy.windows import Granularity
from lifecycle.support.announced_ends import cut
from lifecycle.support.intervals import End, Span, State, Timeline, clip, span_on
from lifecycle.support.version_ranking import VersionRanking, active_days, stands_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lifecycle.support.coverage import Coverage
    from lifecycle.support.facts import Release


def line_timeline(coverage: Coverage, line: str, *, tier: str) -> Timeline:
    """Return the days on which the release that then speaks for a line is covered for a tier."""
    if not coverage.tells_releases_apart(tier):
        return coverage.timeline(tier, line)
    if (line, tier) not in coverage.joined:
        coverage.joined[line, tier] = tuple(_joined(coverage, line, tier))
    return coverage.joined[line, tier]


def successor_within(
    coverage: Coverage, release: Release, *, tier: str, at: date
) -> Release | None:
    """Return the release by which a line goes on when the support of its newest one ends.

    None where that has no day, or the line ends with it.
    """
    line = release.line
    if line is None or not coverage.tells_releases_apart(tier):
        return None
    span = span_on(coverage.timeline(tier, line, release), at)
    if span is None or span.state is not State.COVERED or span.end is not End.FIXED:
        return None
    if span.until is None or coverage.newest_in(line, at) is not release:
        return None
    following = span_on(line_timeline(coverage, line, tier=tier), span.until)
    goes_on = following is not None and following.state is State.COVERED
    return coverage.newest_in(line, span.until) if goes_on else None


def _joined(coverage: Coverage, line: str, tier: str) -> list[Span]:
    joined: list[Span] = []
    for first, until, speaker in speakers(coverage, line, tier=tier, first=date.min):
        own = clip(coverage.timeline(tier, line, speaker), first)
        for span in own if until is None else cut(own, until):
            last = joined[-1] if joined else None
            if last and last.until == span.first and last.state is span.state:
                joined[-1] = msgspec.structs.replace(span, first=last.first)
            else:
                joined.append(span)
    return joined


def speakers(
    coverage: Coverage, line: str, *, tier: str, first: date
) -> Iterator[tuple[date, date | None, Release | None]]:
    """Yield the release that speaks for a line, from one day to before another, in turn.

    Where a tier does not tell the releases of a line apart, none needs to be named.
    """
    since: date | None = first
    if coverage.tells_releases_apart(tier):
        stable = list(filter(coverage.horizon.counts, coverage.members(line)))
        if stable and all(_is_settled(release, first) for release in stable):
            yield first, None, max(stable, key=lambda release: release.rank)
            return
        for begin, until, newest in _highest_in_turn(stable):
            if since is None or (until is not None and until <= since):
                continue
            if since < begin:
                yield since, begin, None
            yield max(since, begin), until, newest
            since = until
    if since is not None:
        yield since, None, None


def _is_settled(release: Release, day: date) -> bool:
    """Return whether nothing about a release changes from a day on."""
    return release.day <= day and release.withdrawn_on is None


def _highest_in_turn(
    stable: list[Release],
) -> Iterator[tuple[date, date | None, Release | None]]:
    ranking = VersionRanking(stable, Granularity.RELEASE)
    turns = [
        (first, until, rank)
        for rank, intervals in ranking.all_newest(1).items()
        for first, until in intervals
    ]
    for first, until, rank in sorted(turns, key=lambda turn: turn[0]):
        equals = ranking.members[rank]
        changes = {day for release in equals for days in active_days(release) for day in days}
        for begin, end in days_between(first, until, changes):
            standing = (member for member in equals if member.day <= begin)
            yield begin, end, next(member for member in standing if stands_on(member, begin))


def days_between(
    first: date, until: date | None, changes: Iterable[date | None]
) -> Iterator[tuple[date, date | None]]:
    """Yield the days ``[first, until)`` cut where something changes."""
    days = {day for day in changes if day and first < day < (until or date.max)}
    points: list[date | None] = [first, *sorted(days), until]
    return ((begin, end) for begin, end in pairwise(points) if begin)
