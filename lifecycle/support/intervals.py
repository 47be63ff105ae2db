"""Spans: stretches of days in one state of coverage, and how they combine.

A timeline is a tuple of spans, ascending and disjoint; between them nothing is covered. States form
a chain, so that a day is covered by *any* of several rules in the highest of their states and by
*all* of them in the lowest. Only the last span of a timeline may end in a way not yet known.
"""

from __future__ import annotations

from datetime import date
from enum import IntEnum, StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from lifecycle.calendar.estimates import Estimate, combine
from lifecycle.calendar.lengths import add_days

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class State(IntEnum):
    """What is known of a day; ``OVER`` is uncovered since a day nobody stated."""

    NOT = 0
    OVER = 1
    UNKNOWN = 2
    COVERED = 3


class End(StrEnum):
    """How an answer ends (design, section 3.2); none of the four may pass for another."""

    FIXED = "fixed"
    RULE = "rule"
    NONE = "none"
    UNKNOWN = "unknown"


class Span(msgspec.Struct, frozen=True, gc=False):
    """The days ``[first, until)`` in one state; ``until`` is None where no last day is known.

    ``until`` with another end than fixed is the latest possible. ``certain_until`` is the first day
    on which a span that is not fixed might be over, ``projection`` an estimate of that day.
    """

    first: date
    until: date | None = None
    state: State = State.COVERED
    end: End = End.FIXED
    projection: Estimate | None = None
    certain_until: date = date.max


Timeline: TypeAlias = tuple[Span, ...]


class LastDay(msgspec.Struct, frozen=True):
    """How covered days end: ``day`` is the last of them.

    Where that is not fixed, ``projected`` estimates it, and ``at_least`` is the last that is
    certain.
    """

    day: date | None
    end: End
    projected: Estimate | None = None
    at_least: date | None = None


def last_day(span: Span, *, today: date) -> LastDay:
    """Return how a covered span ends, as known today."""
    if span.end is End.FIXED and span.until is not None:
        return LastDay(day_before(span.until), End.FIXED)
    last_days = span.projection and span.projection.moved(day_before)
    certain = span.end is End.RULE and span.certain_until > max(today, span.first)
    return LastDay(
        None,
        span.end,
        last_days and last_days.not_before(span.first),  # what has not begun cannot be over
        day_before(span.certain_until) if certain else None,
    )


def day_before(day: date) -> date:
    """Return the day before, stopping at the calendar's first."""
    return add_days(day, -1)


def fixed(first: date, until: date) -> Timeline:
    """Return the covered days ``[first, until)``, or nothing where there is none."""
    return (Span(first, until),) if first < until else ()


def span_on(timeline: Timeline, day: date) -> Span | None:
    """Find the span that ``day`` lies in."""
    for span in timeline:
        if span.first <= day and (span.until is None or day < span.until):
            return span
    return None


def covers(timeline: Timeline, day: date) -> bool:
    """Return whether ``day`` lies in a covered span."""
    span = span_on(timeline, day)
    return span is not None and span.state is State.COVERED


def last_covered_before(timeline: Timeline, day: date) -> Span | None:
    """Find the latest covered span that is over by ``day``."""
    over = [s for s in timeline if s.state is State.COVERED and s.until and s.until <= day]
    return over[-1] if over else None


def clip(timeline: Timeline, first: date) -> Timeline:
    """Leave only what lies on or after ``first``."""
    if not timeline or timeline[0].first >= first:
        return timeline
    return tuple(
        span if span.first >= first else msgspec.structs.replace(span, first=first)
        for span in timeline
        if span.until is None or span.until > first
    )


def any_of(timelines: Sequence[Timeline]) -> Timeline:
    """Cover a day while any of the timelines covers it."""
    return _combine(timelines, max, _latest_end)


def all_of(timelines: Sequence[Timeline]) -> Timeline:
    """Cover a day while all of the timelines cover it."""
    return _combine(timelines, min, _earliest_end)


def _combine(
    timelines: Sequence[Timeline],
    choose: Callable[[Iterable[State]], State],
    end: Callable[[Span, Sequence[Timeline]], Span],
) -> Timeline:
    if len(timelines) == 1:
        return timelines[0]
    merged: list[Span] = []
    for first, until in _pieces(timelines):
        spans = (span_on(timeline, first) for timeline in timelines)
        state = choose(span.state if span else State.NOT for span in spans)
        if merged and merged[-1].state is state and merged[-1].until == first:
            merged[-1] = msgspec.structs.replace(merged[-1], until=until)
        elif state is not State.NOT:
            merged.append(Span(first, until, state))
    return tuple(end(span, timelines) if span.state is State.COVERED else span for span in merged)


def _pieces(timelines: Sequence[Timeline]) -> Iterable[tuple[date, date | None]]:
    """Return the stretches within which no timeline changes."""
    days = {span.first for timeline in timelines for span in timeline}
    days |= {span.until for timeline in timelines for span in timeline if span.until}
    points: list[date | None] = [*sorted(days), None]
    return ((first, until) for first, until in pairwise(points) if first)


def _latest_end(union: Span, timelines: Sequence[Timeline]) -> Span:
    """Say how a union ends: as the part that lasts longest does."""
    parts = [
        span
        for timeline in timelines
        for span in timeline
        if span.state is State.COVERED
        and (union.until is None or span.first < union.until)
        and (span.until is None or span.until > union.first)
    ]
    open_ended = [span for span in parts if span.end is not End.FIXED]
    last_fixed = [s.until for s in parts if s.end is End.FIXED and s.until]
    if not open_ended or (union.until and union.until in last_fixed):
        return union
    ends = {span.end for span in open_ended}
    kind = next(kind for kind in (End.NONE, End.UNKNOWN, End.RULE) if kind in ends)
    certain = max([*last_fixed, *(span.certain_until for span in open_ended)])
    projection = combine([s.projection for s in open_ended if s.end is End.RULE], max)
    return msgspec.structs.replace(
        union,
        end=kind,
        certain_until=certain,
        projection=projection.not_before(certain) if projection and kind is End.RULE else None,
    )


def _earliest_end(intersection: Span, timelines: Sequence[Timeline]) -> Span:
    """Say how an intersection ends: as the part that ends first may."""
    last_piece = max(first for first, until in _pieces(timelines) if until == intersection.until)
    parts = [span for timeline in timelines if (span := span_on(timeline, last_piece))]
    uncertain = [span for span in parts if span.end in {End.RULE, End.UNKNOWN}]
    certain = min((span.certain_until for span in uncertain), default=date.max)
    if not uncertain:
        return (
            intersection
            if intersection.until
            else msgspec.structs.replace(intersection, end=End.NONE)
        )
    if intersection.until and intersection.until <= certain:
        return intersection
    kind = End.UNKNOWN if End.UNKNOWN in {span.end for span in uncertain} else End.RULE
    projection = combine([span.projection for span in uncertain], min)
    if projection and intersection.until:
        projection = projection.not_after(intersection.until)
    return msgspec.structs.replace(
        intersection,
        end=kind,
        certain_until=certain,
        projection=projection if kind is End.RULE else None,
    )
