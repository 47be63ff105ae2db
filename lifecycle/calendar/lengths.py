"""Lengths of time in calendar units, and the day that lies one length after another."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import msgspec


class Length(msgspec.Struct, frozen=True):
    """So many months, then so many days."""

    months: int = 0
    days: int = 0

    def after(self, day: date) -> date:
        """Return the day this length after ``day``; months clamp to the end of a shorter month.

        A day past the calendar's end is the calendar's last.

        >>> Length(months=1).after(date(2023, 1, 31)).isoformat()
        '2023-02-28'
        """
        return add_days(add_months(day, self.months), self.days)

    def __str__(self) -> str:
        years, months = divmod(self.months, 12)
        parts = [(years, "year"), (months, "month"), (self.days, "day")]
        if years and months:
            parts = [(self.months, "month"), (self.days, "day")]
        return (
            " and ".join(f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n) or "0 days"
        )


def add_months(day: date, months: int) -> date:
    """Add calendar months, clamping the day of the month and the calendar's ends.

    >>> add_months(date(2024, 3, 31), -1).isoformat()
    '2024-02-29'
    """
    if not months:
        return day
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    if year < date.min.year:
        return date.min
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def add_days(day: date, days: int) -> date:
    """Add days, stopping at the calendar's ends.

    >>> add_days(date(9999, 12, 30), 5).isoformat()
    '9999-12-31'
    """
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min
