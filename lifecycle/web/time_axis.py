"""The axis of a timeline: where a day lies, and which days are named (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from lifecycle.calendar.lengths import add_days, add_months
from lifecycle.web.text_widths import text_width

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

FONT: Final = 11
GAP: Final = 8
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun",
                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # fmt: skip
_WEEKS: Final = (1, 2)
_MONTHS: Final = (1, 3, 6)
_YEARS: Final = (1, 2, 5, 10, 20, 50)


class Tick(msgspec.Struct, frozen=True):
    """A day on the axis, and what stands to the right of it."""

    x: float
    label: str


class TimeAxis:
    """The days from ``first`` to ``last``, both included, over ``width`` pixels."""

    def __init__(self, first: date, last: date, *, begin: float, width: float) -> None:
        self.first = first
        self.last = last
        self.left = begin
        self.right = begin + width
        self._per_day = width / ((last - first).days + 1)

    def x(self, day: date) -> float:
        """Return where a day begins, kept within the axis."""
        x = self.left + (day - self.first).days * self._per_day
        return round(min(max(x, self.left), self.right), 1)

    def shows(self, day: date) -> bool:
        """Return whether a day lies on the axis."""
        return self.first <= day <= self.last

    def ticks(self) -> list[Tick]:
        """Return the days to name: the closest ones of the calendar that have room."""
        for weeks in _WEEKS:
            if self._per_day * 7 * weeks >= _room("28 Sep"):
                return self._named(self._mondays(weeks), "{day.day} {month}")
        for months in _MONTHS:
            if self._per_day * 28 * months >= _room("Sep"):
                return self._named(self._firsts(months), "{month}")
        return self._named(self._firsts(12 * self._years()), "{day.year}")

    def years(self) -> list[Tick]:
        """Return where years begin, unless ``ticks`` are years themselves."""
        if self._per_day * 28 * _MONTHS[-1] < _room("Sep"):
            return []
        ticks = self._named(self._firsts(12), "{day.year}")
        first = Tick(self.left, str(self.first.year))
        if ticks and ticks[0].x - self.left < _room(first.label):
            return ticks
        return [first, *ticks]

    def _years(self) -> int:
        fitting = (years for years in _YEARS if self._per_day * 365 * years >= _room("2026"))
        return next(fitting, _YEARS[-1])

    def _mondays(self, weeks: int) -> Iterator[date]:
        day = add_days(self.first, -self.first.weekday() % 7)
        while day <= self.last:
            yield day
            day = add_days(day, 7 * weeks)

    def _firsts(self, months: int) -> Iterator[date]:
        """Yield the first days of every so many months, counted from year 0."""
        number = self.first.year * 12 + self.first.month - 1
        day = add_months(self.first.replace(day=1), -(number % months))
        while day <= self.last:
            if day >= self.first:
                yield day
            day = add_months(day, months)

    def _named(self, days: Iterator[date], form: str) -> list[Tick]:
        """Name days, but for those whose name would leave the axis."""
        ticks = (
            Tick(self.x(day), form.format(day=day, month=MONTHS[day.month - 1])) for day in days
        )
        return [tick for tick in ticks if tick.x + text_width(tick.label, FONT) <= self.right]


def _room(label: str) -> float:
    return text_width(label, FONT) + GAP
