"""Days as people write them."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from lifecycle.documents.storable_text import shown
from lifecycle.errors import BadRequest, Problem

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FORM: Final = "a day of the calendar as YYYY-MM-DD"


class NoSuchDay(BadRequest):
    """The text is no day of the calendar."""


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
        f"{field}: {shown(text)!r} is no day; give {_FORM}, such as 2026-01-31.",
        problems=[Problem(field, "is no day", value=shown(text), allowed=_FORM)],
    )
