"""The bars of a timeline: what is drawn for the days of one tier and line (pure)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from lifecycle.calendar.lengths import add_days
from lifecycle.support.intervals import End
from lifecycle.support.status import Status
from lifecycle.support.stretches import COVERED, StretchState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.answers.timelines import LaneOut, StretchOut
    from lifecycle.web.time_axis import TimeAxis

NARROWEST: Final = 2.0


class BarStyle(StrEnum):
    """How a bar looks; the values are classes of the style sheet.

    ``PROJECTED`` fades over the estimated days, ``BY_RULE`` over those without an estimate;
    ``UNDECLARED`` is open, as no day is known.
    """

    SUPPORTED = "supported"
    EXTENDED = "extended"
    BEST_EFFORT = "effort"
    UNKNOWN = "unknown"
    PAST = "past"
    PAST_EXTENDED = "past-extended"
    PLANNED = "planned"
    ENDLESS = "endless"
    PROJECTED = "projected"
    BY_RULE = "by-rule"
    UNDECLARED = "undeclared"


_STYLES: Final = {
    StretchState.SUPPORTED: BarStyle.SUPPORTED,
    StretchState.EXTENDED: BarStyle.EXTENDED,
    StretchState.BEST_EFFORT: BarStyle.BEST_EFFORT,
    StretchState.UNKNOWN: BarStyle.UNKNOWN,
    StretchState.UNSUPPORTED: BarStyle.UNKNOWN,
}


class Bar(msgspec.Struct, frozen=True):
    """A bar from ``x`` on; ``mark`` is where the median of an estimate lies."""

    style: BarStyle
    x: float
    width: float
    mark: float | None = None


def bars_of(lane: LaneOut, axis: TimeAxis, today: date) -> tuple[Bar, ...]:
    """Return the bars of a lane, as far as the axis shows their days."""
    bars: list[Bar | None] = []
    is_planned, is_over = lane.answer.status is Status.PLANNED, False
    for stretch in reversed(lane.stretches):
        if stretch.state in COVERED:
            is_over = is_over or (stretch.last is not None and stretch.last < today)
        else:
            is_over = stretch.first <= today
        style = _style(stretch.state, is_planned=is_planned, is_over=is_over)
        bars[:0] = _bars(stretch, style, axis, today)
    return tuple(bar for bar in bars if bar is not None)


def _style(state: StretchState, *, is_planned: bool, is_over: bool) -> BarStyle:
    """Choose a style; covered days are past where the cover they belong to is over."""
    if state is StretchState.SUPPORTED and is_planned:
        return BarStyle.PLANNED
    if is_over and state in COVERED:
        return BarStyle.PAST if state is StretchState.SUPPORTED else BarStyle.PAST_EXTENDED
    return _STYLES[state]


def _bars(
    stretch: StretchOut, style: BarStyle, axis: TimeAxis, today: date
) -> Iterator[Bar | None]:
    if stretch.state is StretchState.UNSUPPORTED:
        return
    if stretch.last is not None:
        yield _bar(axis, style, stretch.first, stretch.last)
    elif stretch.state not in COVERED:
        yield _bar(axis, style, stretch.first, axis.last)
    elif stretch.end is End.NONE:
        endless = BarStyle.PLANNED if style is BarStyle.PLANNED else BarStyle.ENDLESS
        yield _bar(axis, endless, stretch.first, axis.last)
    else:
        certain = max(today, stretch.at_least_until or today)
        yield _bar(axis, style, stretch.first, certain)
        yield _open_bar(stretch, axis, max(stretch.first, add_days(certain, 1)))


def _open_bar(stretch: StretchOut, axis: TimeAxis, first: date) -> Bar | None:
    """Draw the days on which support may be over, as far as anything is known of them."""
    estimate = stretch.projected_last
    if stretch.end is not End.RULE:
        return _bar(axis, BarStyle.UNDECLARED, first, stretch.latest or axis.last)
    if estimate is None:
        return _bar(axis, BarStyle.BY_RULE, first, stretch.latest or axis.last)
    bar = _bar(axis, BarStyle.PROJECTED, first, max(estimate.latest, first))
    median = add_days(estimate.median, 1)
    if bar is None or not axis.shows(median):
        return bar
    return msgspec.structs.replace(bar, mark=axis.x(median))


def _bar(axis: TimeAxis, style: BarStyle, first: date, last: date) -> Bar | None:
    if last < max(first, axis.first) or first > axis.last:
        return None
    x = axis.x(first)
    width = max(axis.x(add_days(last, 1)) - x, NARROWEST)
    return Bar(style, min(x, axis.right - width), round(width, 1))
