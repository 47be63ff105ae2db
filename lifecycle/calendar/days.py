"""Days as people write them."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from lifecycle.documents.storable_text import shown
from lifecycle.errors import BadRequest, Problem

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_IN_TEXT: Final = re.compile(
    rf"""(?<![\w'"“-])({_DAY.pattern})(?:T([0-9]{{2}}:[0-9]{{2}})(?::[0-9]{{2}})?Z)?(?![\w'"”-])"""
)
_FORM: Final = "YYYY-MM-DD"


_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class NoSuchDay(BadRequest):
    """The text is not a valid date."""


def write_day(day: date) -> str:
    """Write a day out, whatever the server's language.

    >>> write_day(date(2027, 3, 1))
    '1 March 2027'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def spell_days(text: str) -> str:
    """Write out days and instants in UTC that stand in a sentence as programs read them.

    Quoted ones stay.

    >>> spell_days("announced on 2026-09-03, and '2026-02-30' or '2026-01-01' is not")
    "announced on 3 September 2026, and '2026-02-30' or '2026-01-01' is not"
    >>> spell_days("up to 2026-09-03T12:06:00Z")
    'up to 3 September 2026 at 12:06 UTC'
    """
    return _IN_TEXT.sub(_spelled, text)


def _spelled(written: re.Match[str]) -> str:
    try:
        day = write_day(date.fromisoformat(written[1]))
    except ValueError:
        return written[0]
    return f"{day} at {written[2]} UTC" if written[2] else day


def write_month(day: date) -> str:
    """Write the month of a day out.

    >>> write_month(date(2027, 3, 1))
    'March 2027'
    """
    return f"{_MONTHS[day.month - 1]} {day.year}"


def parse_day(text: str, *, field: str = "at") -> date:
    """Read a day written as YYYY-MM-DD; any other form, and a day that does not exist, is refused.

    >>> parse_day("2024-02-29")
    datetime.date(2024, 2, 29)
    """
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise NoSuchDay(
        f"{field}: {shown(text)!r} is not a valid date; use {_FORM}, such as 2026-01-31.",
        problems=[Problem(field, "is not a valid date", value=shown(text), allowed=_FORM)],
    )
