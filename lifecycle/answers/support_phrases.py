"""How support ends: in pieces, of which pages write the days their way, and as text (pure)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from lifecycle.calendar.days import write_day
from lifecycle.calendar.estimates import Estimate
from lifecycle.support.intervals import End
from lifecycle.support.status import PROMISED, Status
from lifecycle.support.stretches import COVERED, StretchState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.answers.response_structs import SupportOut
    from lifecycle.answers.timelines import LaneOut, StretchOut

_OTHERS = {
    Status.BEST_EFFORT: "best effort",
    Status.PRERELEASE: "prerelease",
    Status.WITHDRAWN: "withdrawn",
    Status.UNKNOWN: "not declared",
}
OPEN_ENDS = {
    End.FIXED: "end not declared",
    End.RULE: "until a release ends it",
    End.NONE: "no end",
    End.UNKNOWN: "end not declared",
}
ENDED_UNDECLARED = "ended, day not declared"
STATES = {
    StretchState.SUPPORTED: "supported",
    StretchState.EXTENDED: "extended by announcement",
    StretchState.BEST_EFFORT: "best effort",
    StretchState.UNKNOWN: "not declared",
    StretchState.UNSUPPORTED: "not covered",
}


class Counted(NamedTuple):
    """A day that is shown with its distance from today, where there is room."""

    counted: date


Piece: TypeAlias = str | date | Counted | Estimate


def end_pieces(answer: SupportOut, *, brief: bool = False) -> Iterator[Piece]:
    """Yield how support ends or ended, beside its status; nothing where that says it all.

    Of an end that releases decide, the ``brief`` form says the most telling alone.
    """
    if answer.status is Status.UNSUPPORTED:
        if answer.supported_until is not None:
            yield from ("ended ", Counted(answer.supported_until))
        elif answer.end is End.UNKNOWN:
            yield ENDED_UNDECLARED
        return
    if answer.status is Status.PLANNED and answer.supported_from:
        yield from ("from ", answer.supported_from, " ")
    if answer.supported_until is not None:
        yield from ("until ", Counted(answer.supported_until))
    elif answer.projected_until is not None or answer.end is End.RULE:
        yield from _by_releases(answer, brief=brief)
    elif answer.status is Status.UNKNOWN:
        return
    elif answer.status in PROMISED or answer.end is End.UNKNOWN:
        yield OPEN_ENDS[answer.end]


def _by_releases(answer: SupportOut, *, brief: bool) -> Iterator[Piece]:
    at_least = answer.at_least_until or None
    if (estimate := answer.projected_until) is not None:
        if at_least and estimate.median <= at_least:  # the same day twice would tell nothing
            yield from ("at least until ", at_least)
            return
        if at_least and not brief:
            yield from ("at least until ", at_least, ", then ")
        yield from ("" if brief else "until ", estimate)
        return
    if not (at_least and brief):
        yield OPEN_ENDS[End.RULE]
    if at_least:
        yield from ("" if brief else ", ", "at least until ", at_least)


def end_phrase(answer: SupportOut) -> str:
    """Say when support ends or ended, with the day in full and an estimate marked as one.

    >>> from datetime import date
    >>> from lifecycle.answers.response_structs import SupportOut
    >>> covered = SupportOut(
    ...     status=Status.ENDING, supported_from=date(2026, 8, 3), reason="", projected_until=None,
    ...     supported_until=date(2026, 12, 7), end=End.FIXED,
    ... )
    >>> end_phrase(covered)
    'until 7 December 2026'
    """
    if answer.status is Status.PLANNED:
        first = answer.supported_from
        return f"planned, from {write_day(first)}" if first else "planned"
    if answer.status in _OTHERS:
        return _OTHERS[answer.status]
    return "".join(map(_in_words, end_pieces(answer, brief=True))) or "not covered"


def _in_words(piece: Piece) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, Estimate):
        return f"about {write_day(piece.median)} (estimate)"
    return write_day(piece.counted if isinstance(piece, Counted) else piece)


def stretch_phrase(stretch: StretchOut) -> str:
    """Say of some days what a tier gets on them.

    >>> from datetime import date
    >>> from lifecycle.answers.timelines import StretchOut
    >>> first, last = date(2026, 8, 3), date(2026, 12, 7)
    >>> stretch_phrase(StretchOut(state="supported", first=first, last=last, end=End.FIXED))
    'supported from 3 August 2026 until 7 December 2026'
    """
    phrase = f"{STATES[stretch.state]} from {write_day(stretch.first)}"
    if stretch.last is not None:
        return f"{phrase} until {write_day(stretch.last)}"
    if stretch.state not in COVERED:
        return phrase
    estimate, at_least = stretch.projected_last, stretch.at_least_until
    if estimate is not None and not (at_least and estimate.median <= at_least):
        span = f" between {write_day(estimate.earliest)} and {write_day(estimate.latest)}"
        phrase += (
            f" until about {write_day(estimate.median)}"
            f" (estimated{'' if estimate.is_one_day else span})"
        )
    if at_least is not None:
        return f"{phrase}, at least until {write_day(at_least)}"
    return phrase if estimate else f"{phrase}, {OPEN_ENDS[stretch.end]}"


def lane_phrase(lane: LaneOut) -> str:
    """Say of all days of a line what a tier gets on them."""
    phrases = [
        stretch_phrase(stretch)
        for stretch in lane.stretches
        if stretch.state is not StretchState.UNSUPPORTED
    ]
    return "; ".join(phrases) or end_phrase(lane.answer)
