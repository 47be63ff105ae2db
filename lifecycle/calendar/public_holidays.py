"""Public holidays by country, ``US``, or by country and subdivision, ``US-NY``."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


def is_holiday(day: date, name: str) -> bool:
    """Return whether a day is a public holiday, days on which one is observed included.

    >>> from datetime import date
    >>> is_holiday(date(2027, 12, 31), "US-NY")
    True
    """
    return day in _holidays(name, day.year)


@lru_cache(maxsize=512)
def _holidays(name: str, year: int) -> frozenset[date]:
    from holidays import country_holidays  # noqa: PLC0415 - slow to load, and seldom needed

    country, _, subdivision = name.partition("-")
    return frozenset(country_holidays(country, subdivision or None, years=year, expand=False))
