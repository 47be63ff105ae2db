"""How support ends, in the few words that pictures, badges and tables have room for (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.calendar.days import write_day
from lifecycle.support.intervals import End
from lifecycle.support.status import PROMISED, Status
from lifecycle.support.stretches import COVERED, StretchState

if TYPE_CHECKING:
    from datetime import date

    from lifecycle.answers.response_structs import SupportOut
    from lifecycle.answers.timelines import LaneOut, StretchOut
    from lifecycle.calendar.estimates import Estimate

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
STATES = {
    StretchState.SUPPORTED: "supported",
    StretchState.EXTENDED: "extended by announcement",
    StretchState.BEST_EFFORT: "best effort",
    StretchState.UNKNOWN: "not declared",
    StretchState.UNSUPPORTED: "not covered",
}


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
    if answer.status in PROMISED:
        return open_end_phrase(
            answer.supported_until,
            answer.end,
            projected=answer.projected_until,
            at_least=answer.at_least_until or None,
        )
    if answer.status is Status.PLANNED:
        first = answer.supported_from
        return f"planned, from {write_day(first)}" if first else "planned"
    if answer.status is Status.UNSUPPORTED:
        if answer.supported_until is not None:
            return f"ended {write_day(answer.supported_until)}"
        return "ended, day not declared" if answer.end is End.UNKNOWN else "not covered"
    return _OTHERS[answer.status]


def open_end_phrase(
    last: date | None, end: End, *, projected: Estimate | None, at_least: date | None
) -> str:
    """Say how covered days end: on a day, by a rule, not at all, or nobody declared when.

    >>> open_end_phrase(None, End.UNKNOWN, projected=None, at_least=None)
    'end not declared'
    """
    if last is not None:
        return f"until {write_day(last)}"
    if end is End.RULE and projected is not None:
        return f"about {write_day(projected.median)} (estimate)"
    if end is End.RULE and at_least is not None:
        return f"at least until {write_day(at_least)}"
    return OPEN_ENDS[end]


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
    estimate = stretch.projected_last
    if estimate is not None:
        phrase += (
            f" until about {write_day(estimate.median)} (estimated between"
            f" {write_day(estimate.earliest)} and {write_day(estimate.latest)})"
        )
    if stretch.at_least_until is not None:
        return f"{phrase}, at least until {write_day(stretch.at_least_until)}"
    return phrase if estimate else f"{phrase}, {OPEN_ENDS[stretch.end]}"


def lane_end_phrase(lane: LaneOut, *, today: date) -> str:
    """Say when a tier's support for a line ends or ended.

    An answer speaks for the line's newest release; where others were covered, their end is said.
    """
    answer = lane.answer
    if answer.status is Status.UNSUPPORTED and answer.supported_until is None:
        ended = [
            stretch.last
            for stretch in lane.stretches
            if stretch.state in COVERED and stretch.last and stretch.last < today
        ]
        if ended:
            return f"ended {write_day(ended[-1])}"
    return end_phrase(answer)


def lane_phrase(lane: LaneOut) -> str:
    """Say of all days of a line what a tier gets on them."""
    phrases = [
        stretch_phrase(stretch)
        for stretch in lane.stretches
        if stretch.state is not StretchState.UNSUPPORTED
    ]
    return "; ".join(phrases) or end_phrase(lane.answer)
