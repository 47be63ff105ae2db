"""Announced ends: what a deprecation does to the days that windows cover (design, section 3.2)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.support.intervals import End, State, Timeline, any_of, fixed

if TYPE_CHECKING:
    from lifecycle.support.facts import AnnouncedEnd


def ended(
    timeline: Timeline, end: AnnouncedEnd, *, tier: str, today: date, prolongs: bool = True
) -> Timeline:
    """Let support end on the announced day: later than a window says is an extension.

    Earlier takes a waiver: a window that still covers the line on that day goes on until it no
    longer does. Where it depends on releases, that is not known before the day has come, unless
    the day is certain to be covered.
    """
    day = end.days[tier]
    if end.waived or not _goes_on(timeline, day, today):
        timeline = cut(timeline, day)
    begun = next((span.first for span in timeline if span.state is State.COVERED), None)
    if not prolongs or begun is None:
        return timeline
    return any_of([timeline, fixed(max(begun, end.announced_on), day)])


def cut(timeline: Timeline, day: date) -> Timeline:
    """Leave only what lies before a day."""
    return tuple(
        span
        if span.until is not None and span.until <= day
        else msgspec.structs.replace(
            span, until=day, end=End.FIXED, projection=None, certain_until=date.max
        )
        for span in timeline
        if span.first < day
    )


def _goes_on(timeline: Timeline, day: date, today: date) -> bool:
    """Return whether a window promises the day or a later one, so that no announcement ends it."""
    after = (s for s in timeline if s.state is State.COVERED and (s.until or date.max) > day)
    return any(
        span.end is End.FIXED
        or (span.end is End.RULE and (day <= today or day < span.certain_until))
        for span in after
    )
