"""Stretches: the days of a line on which a tier's answer is the same, one after another.

They say of every day what `status.answer_line` says of it, without its reason, so that many lines
can be drawn at once.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from lifecycle.policy.windows import BestEffort
from lifecycle.support.intervals import (
    End,
    LastDay,
    Span,
    State,
    Timeline,
    day_before,
    last_day,
    span_on,
)
from lifecycle.support.line_timelines import days_between, speakers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.support.coverage import Coverage
    from lifecycle.support.facts import Release


class StretchState(StrEnum):
    """What a tier gets for a line throughout some days.

    ``EXTENDED`` is supported as well, and only because an announced end of support came later than
    the window's.
    """

    SUPPORTED = "supported"
    EXTENDED = "extended"
    BEST_EFFORT = "best_effort"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"


COVERED = frozenset({StretchState.SUPPORTED, StretchState.EXTENDED})


class Stretch(msgspec.Struct, frozen=True):
    """The days from ``first`` to ``last.day``, both included, in one state.

    Where ``last.end`` is not fixed, ``until`` may still name the latest day that is possible.
    """

    first: date
    state: StretchState
    last: LastDay
    until: date | None = None


class _Piece(msgspec.Struct, frozen=True):
    """The days ``[first, until)``, with the span that decides them."""

    first: date
    until: date | None
    state: StretchState
    span: Span | None


def stretches(
    coverage: Coverage, line: str, *, tier: str, since: date = date.min
) -> tuple[Stretch, ...]:
    """Return what a tier gets for a line from the line's first day, ascending and without gaps.

    A line that declares no first day begins with the first policy. Days before the first policy,
    and under a policy without the tier, are unknown; those before ``since`` are left out.
    """
    policies = coverage.facts.policies
    first = coverage.subject(line).first or (policies[0].in_force_from if policies else None)
    if first is None:
        return ()
    merged: list[_Piece] = []
    for begin, until, newest in speakers(coverage, line, tier=tier, first=max(first, since)):
        for piece in _pieces(coverage, line, newest, tier=tier, first=begin, until=until):
            if merged and merged[-1].state is piece.state:
                piece = msgspec.structs.replace(piece, first=merged.pop().first)  # noqa: PLW2901
            merged.append(piece)
    return tuple(_stretch(piece, coverage.today) for piece in merged)


def _pieces(
    coverage: Coverage,
    line: str,
    newest: Release | None,
    *,
    tier: str,
    first: date,
    until: date | None,
) -> Iterator[_Piece]:
    timeline = coverage.timeline(tier, line, newest)
    window = coverage.window_timeline(tier, line, newest)
    announced = coverage.announced_end(tier, line, newest)
    effective_on = announced.days[tier] if announced else date.max
    days: set[date | None] = {effective_on}
    days |= {policy.in_force_from for policy in coverage.facts.policies}
    days |= {day for span in (*timeline, *window) for day in (span.first, span.until)}
    days |= {day for days_withdrawn in coverage.withdrawn_days(line) for day in days_withdrawn}
    for begin, end in days_between(first, until, days):
        state = _state(coverage, tier, timeline, window, begin, over=begin >= effective_on)
        if coverage.last_withdrawn(line, begin) and coverage.policy_on(begin):
            state = StretchState.UNSUPPORTED
        yield _Piece(begin, end, state, span_on(timeline, begin))


def _state(
    coverage: Coverage, tier: str, timeline: Timeline, window: Timeline, day: date, *, over: bool
) -> StretchState:
    policy = coverage.policy_on(day)
    terms = next((terms for terms in policy.tiers if terms.name == tier), None) if policy else None
    if terms is None:
        return StretchState.UNKNOWN
    span, by_window = span_on(timeline, day), span_on(window, day)
    if span is None or span.state is State.OVER:
        best_effort = isinstance(terms.window.rule, BestEffort) and not over
        return StretchState.BEST_EFFORT if best_effort else StretchState.UNSUPPORTED
    if span.state is State.UNKNOWN:
        return StretchState.UNKNOWN
    promised = by_window is not None and by_window.state is State.COVERED
    return StretchState.SUPPORTED if promised else StretchState.EXTENDED


def _stretch(piece: _Piece, today: date) -> Stretch:
    latest = day_before(piece.until) if piece.until else None
    if piece.span and piece.state in COVERED and piece.span.until == piece.until:
        joined = msgspec.structs.replace(piece.span, first=min(piece.first, piece.span.first))
        last = last_day(joined, today=today)
        return Stretch(piece.first, piece.state, last, latest)
    if latest is not None:
        return Stretch(piece.first, piece.state, LastDay(latest, End.FIXED), latest)
    end = End.UNKNOWN if piece.state is StretchState.UNKNOWN else End.NONE
    return Stretch(piece.first, piece.state, LastDay(None, end))
