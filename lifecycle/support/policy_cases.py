"""Cases: what somebody expects a policy to answer for a version, a tier and a day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.calendar.days import write_day
from lifecycle.documents.patterns import Text, Version
from lifecycle.support.intervals import End
from lifecycle.support.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.support.status import Answer


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a tier is expected to get for a version on a day.

    ``supported_until``, the last covered day, and the kind of ``end`` are compared where given.
    """

    version: Version
    tier: Text
    day: date
    expected: Status
    supported_until: date | None = None
    end: End | None = None


def deviations(case: Case, answer: Answer) -> tuple[str, ...]:
    """Say in what an answer differs from what was expected; nothing where it does not.

    >>> case = Case(version="3.35.2", tier="pro", day=date(2026, 11, 21), expected=Status.SUPPORTED)
    >>> from lifecycle.support.status import Answer
    >>> deviations(case, Answer(Status.UNSUPPORTED, "3.35 is too old."))
    ('supported was expected, but the answer is unsupported',)
    """
    return tuple(_deviations(case, answer))


def _deviations(case: Case, answer: Answer) -> Iterator[str]:
    if answer.status is not case.expected:
        yield (f"{_words(case.expected)} was expected, but the answer is {_words(answer.status)}")
    until, expected = answer.supported_until, case.supported_until
    if expected is not None and until != expected:
        actual = f"it lasts until {write_day(until)}" if until else "the answer names no last day"
        yield f"support was expected until {write_day(expected)}, but {actual}"
    if case.end is not None and answer.end is not case.end:
        yield f"an end of kind {case.end} was expected, but the answer's is {answer.end}"


def _words(status: Status) -> str:
    return status.replace("_", " ")
