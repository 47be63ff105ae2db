"""Ends of support: on which day each line's support ended, ends or is estimated to end.

The days are those of the matrix on the same day, worked out without its reasons.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lifecycle.calendar.estimates import Estimate
from lifecycle.policy.windows import Phase
from lifecycle.support.intervals import End, State, last_covered_before, span_on
from lifecycle.support.line_timelines import line_timeline
from lifecycle.support.version_ranking import stands_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.coverage import Coverage
    from lifecycle.support.facts import AnnouncedEnd, Release
    from lifecycle.support.intervals import Timeline


class LineEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a line's support for the tiers whose support ends on the same day.

    ``last_day`` is the last one covered; of an ``estimate``, its median. ``deprecation`` is the
    announcement that decides it, if one does.
    """

    line: str
    tiers: tuple[str, ...]
    last_day: date
    estimate: Estimate | None = None
    deprecation: str | None = None

    @property
    def first_day_without(self) -> date:
        """The first day on which the line is not supported."""
        return next_day(self.last_day)

    @property
    def named_after(self) -> str:
        """The tier that its identity derives from, whatever their ranks are."""
        return min(self.tiers)


class EndDay(NamedTuple):
    """The last covered day, or its median of an estimate, and the announcement that decides it."""

    last_day: date
    estimate: Estimate | None
    deprecation: str | None


def line_ends(snapshot: Snapshot, today: date) -> tuple[LineEnd, ...]:
    """Return the ends of all lines, past ones too, the lowest line first; worked out once a day.

    A line whose end no day is known of is left out, as is one that is only planned.
    """
    return snapshot.worked_out(__name__, today, lambda: tuple(_ends(snapshot.coverage(today))))


def next_day(day: date) -> date:
    """Return the day after, or the calendar's last."""
    return day + timedelta(days=1) if day < date.max else day


def _ends(coverage: Coverage) -> Iterator[LineEnd]:
    today = coverage.today
    if coverage.policy_on(today) is None:
        return
    tiers = coverage.tier_names(today)
    for line in coverage.line_names():
        first = coverage.subject(line, coverage.newest_in(line, today)).first
        if first is not None and today < first:
            continue
        grouped: defaultdict[EndDay, list[str]] = defaultdict(list)
        newest = coverage.newest_in(line, today)
        for tier in tiers:
            announced = coverage.announced_end(tier, line, newest)
            timeline = line_timeline(coverage, line, tier=tier)
            day = _end_day(timeline, announced, tier=tier, today=today)
            if day is not None:
                grouped[day].append(tier)
        for day, alike in grouped.items():
            yield LineEnd(line=line, tiers=tuple(alike), **day._asdict())


def end_of_life(coverage: Coverage, line: str | None, release: Release | None) -> date | None:
    """Return the last day of life of a line, or of one of its releases, as known today.

    That is the day that the line declares, or the last day of any tier's support where that is
    later. What was withdrawn ended on the day before at the latest, whatever is declared.
    """
    declared = coverage.declared_lines.get(line or "")
    day = declared.declared.get(Phase.END_OF_LIFE) if declared else None
    days = [day] if isinstance(day, date) else []
    if days:
        for tier in coverage.tier_names(coverage.today):
            end = _end_for(coverage, line, release, tier=tier)
            days += [end.last_day] if end is not None and end.estimate is None else []
    withdrawn_on = withdrawn_since(coverage, line, release)
    last = max(days, default=None)
    if withdrawn_on is None:
        return last
    return min(last or date.max, day_before(withdrawn_on))


def withdrawn_since(coverage: Coverage, line: str | None, release: Release | None) -> date | None:
    """Return the day on which a release, or else a line with all of its releases, was withdrawn.

    None of what stands today, or stands again from a known day on.
    """
    if release is not None:
        return None if stands_on(release, coverage.today) else release.withdrawn_on
    first, until = (coverage.withdrawn_days(line or "") or ((date.max, date.max),))[-1]
    return first if until is None else None


def _end_for(
    coverage: Coverage, line: str | None, release: Release | None, *, tier: str
) -> EndDay | None:
    if release is not None:
        return release_end(coverage, release, tier=tier)
    if line is None:
        return None
    announced = coverage.announced_end(tier, line)
    timeline = line_timeline(coverage, line, tier=tier)
    return _end_day(timeline, announced, tier=tier, today=coverage.today)


def release_end(coverage: Coverage, release: Release, *, tier: str) -> EndDay | None:
    """Return the day that the answer for a release and a tier names today, if it names one."""
    timeline = coverage.timeline(tier, release.line, release)
    announced = coverage.announced_end(tier, release.line, release)
    return _end_day(timeline, announced, tier=tier, today=coverage.today)


def _end_day(
    timeline: Timeline, announced: AnnouncedEnd | None, *, tier: str, today: date
) -> EndDay | None:
    span = span_on(timeline, today)
    until: date | None
    if span is None or span.state is State.OVER:
        last = last_covered_before(timeline, today)
        until = last.until if last else None
    elif span.state is State.UNKNOWN:
        return None
    else:
        until = span.until if span.end is End.FIXED else None
    if until is not None:
        decides = announced is not None and announced.days[tier] == until
        return EndDay(day_before(until), None, announced.uid if announced and decides else None)
    if span is None or span.end is not End.RULE or span.projection is None:
        return None
    estimate = span.projection.moved(day_before).not_before(span.first)
    return EndDay(estimate.median, estimate, None)


def day_before(day: date) -> date:
    """Return the day before, or the calendar's first."""
    return day - timedelta(days=1) if day > date.min else day
