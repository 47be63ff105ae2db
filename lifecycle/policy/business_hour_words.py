"""Business hours in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lifecycle.documents.word_lists import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.calendar.business import BusinessHours

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WHOLE_WEEK: Final = 7


def business_hours_in_words(hours: BusinessHours, timezone: str | None = None) -> str:
    """Say on which days and at what times somebody is there, and in which zone if one is given."""
    when = f"{_weekdays(sorted(hours.days))}, {hours.open:%H:%M} to {hours.close:%H:%M}"
    zoned = f"{when} in {timezone}" if timezone else when
    return f"{zoned}, except on public holidays ({hours.holidays})" if hours.holidays else zoned


def _weekdays(days: Sequence[int]) -> str:
    """Name days of the week; three or more in a row as a range.

    >>> _weekdays([0, 1, 2, 3, 4]), _weekdays([0, 1, 5]), _weekdays([0, 2, 3, 4])
    ('Monday to Friday', 'Monday, Tuesday and Saturday', 'Monday and Wednesday to Friday')
    """
    if len(days) == WHOLE_WEEK:
        return "every day"
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    names: list[str] = []
    for first, *_, last in ([*run, run[-1]] for run in runs):
        if last - first > 1:
            names.append(f"{WEEKDAYS[first]} to {WEEKDAYS[last]}")
        else:
            names += WEEKDAYS[first : last + 1]
    return listed(names)
