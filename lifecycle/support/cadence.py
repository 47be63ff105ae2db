"""Cadence: from how often a product's lines came out, when the next ones may."""

from __future__ import annotations

import statistics
from itertools import pairwise
from typing import TYPE_CHECKING

from lifecycle.calendar.estimates import Estimate
from lifecycle.calendar.lengths import add_days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

RECENT_GAPS = 24
FEWEST_GAPS = 4
FEWEST_SAMPLES = 3
LONGEST_OVERDUE = 2


def project(ascents: Sequence[date], steps: int, *, after: date, today: date) -> Estimate | None:
    """Estimate the day on which the ``steps``-th next unit comes out, counted from ``after``.

    The estimate is the shortest, the median and the longest time that so many successive rungs
    took among the latest 24 gaps; none where the history is too short to say, or no longer says
    anything: the next unit has been due for twice the longest gap. No day lies before tomorrow.

    >>> from datetime import date
    >>> monthly = [date(2026, month, 1) for month in range(1, 9)]
    >>> project(monthly, 2, after=date(2026, 8, 1), today=date(2026, 8, 10)).median.isoformat()
    '2026-10-01'
    >>> project(monthly, 2, after=date(2026, 8, 1), today=date(2026, 12, 1)) is None
    True
    """
    gaps = [(later - earlier).days for earlier, later in pairwise(ascents)][-RECENT_GAPS:]
    sums = [sum(gaps[start : start + steps]) for start in range(len(gaps) - steps + 1)]
    if len(gaps) < FEWEST_GAPS or len(sums) < FEWEST_SAMPLES:
        return None
    tomorrow = add_days(today, 1)
    if add_days(after, LONGEST_OVERDUE * max(gaps)) < tomorrow:
        return None
    earliest, median, latest = (
        max(tomorrow, add_days(after, days))
        for days in (min(sums), round(statistics.median(sums)), max(sums))
    )
    return Estimate(earliest, median, latest)
