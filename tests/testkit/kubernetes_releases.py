"""The days of Kubernetes' minor releases, and what its community supports on a day, by hand."""

from __future__ import annotations

import calendar
from datetime import date

RELEASES = [
    date(2015, 7, 10),
    date(2015, 11, 9),
    date(2016, 3, 16),
    date(2016, 7, 1),
    date(2016, 9, 26),
    date(2016, 12, 12),
    date(2017, 3, 28),
    date(2017, 6, 30),
    date(2017, 9, 28),
    date(2017, 12, 15),
    date(2018, 3, 26),
    date(2018, 6, 27),
    date(2018, 9, 27),
    date(2018, 12, 3),
    date(2019, 3, 25),
    date(2019, 6, 19),
    date(2019, 9, 18),
    date(2019, 12, 7),
    date(2020, 3, 25),
    date(2020, 8, 26),
    date(2020, 12, 8),
    date(2021, 4, 8),
    date(2021, 8, 4),
    date(2021, 12, 7),
    date(2022, 5, 3),
    date(2022, 8, 23),
    date(2022, 12, 8),
    date(2023, 4, 11),
    date(2023, 8, 15),
    date(2023, 12, 13),
    date(2024, 4, 17),
    date(2024, 8, 13),
    date(2024, 12, 11),
    date(2025, 4, 23),
    date(2025, 8, 27),
    date(2025, 12, 17),
]
"""The day of 1.0, of 1.1, and so on."""


def covered_minors(day):
    """Work out which minors are supported: the newest three, and each for fourteen months."""
    out = [number for number, released in enumerate(RELEASES) if released <= day]
    young = [number for number in out if day < later_by_months(RELEASES[number], 14)]
    return {*out[-3:], *young}


def later_by_months(day, months):
    """Add months; where a month has no such day, its last one counts."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
