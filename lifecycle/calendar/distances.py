"""How far a day is from today, in words (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

MONTHS_FROM: Final = 730
"""Below so many days, days are counted: two years."""

YEARS_FROM: Final = 36
"""Below so many months, months are counted: three years."""

DAYS_OF_A_MONTH: Final = 365.25 / 12
ALMOST: Final = 10
"""From so many months on, a year that has begun counts as almost over."""


def distance(day: date, today: date) -> str:
    """Say how far a day is from today: in days below two years, in months below three, or in years.

    >>> from datetime import date, timedelta
    >>> today = date(2026, 11, 30)
    >>> [distance(today + timedelta(days=days), today) for days in (98, 1, 0, -1, -3)]
    ['in 98 days', 'tomorrow', 'today', 'yesterday', '3 days ago']
    >>> [distance(date(2029, month, 30), today) for month in (1, 10, 11)]
    ['in 26 months', 'in 35 months', 'in 3 years']
    >>> distance(date(2031, 1, 31), today), distance(date(2020, 12, 31), today)
    ('in over 4 years', 'almost 6 years ago')
    """
    count = (day - today).days
    near = {1: "tomorrow", 0: "today", -1: "yesterday"}
    if count in near:
        return near[count]
    length = _length(abs(count))
    return f"in {length}" if count > 0 else f"{length} ago"


def _length(days: int) -> str:
    if days < MONTHS_FROM:
        return f"{days} days"
    months = round(days / DAYS_OF_A_MONTH)
    if months < YEARS_FROM:
        return f"{months} months"
    years, months_over = divmod(months, 12)
    if months_over >= ALMOST:
        return f"almost {years + 1} years"
    return f"over {years} years" if months_over else f"{years} years"
