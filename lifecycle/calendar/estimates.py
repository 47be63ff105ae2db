"""Estimates of days that are not known yet."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class Estimate(msgspec.Struct, frozen=True):
    """An estimate of a day that releases not yet known decide."""

    earliest: date
    median: date
    latest: date

    @property
    def is_one_day(self) -> bool:
        """Whether it leaves no span of days."""
        return self.earliest == self.latest

    def moved(self, move: Callable[[date], date]) -> Estimate:
        """Move each of the three days; ``move`` must keep their order."""
        return Estimate(move(self.earliest), move(self.median), move(self.latest))

    def not_before(self, first: date) -> Estimate:
        """Move the days that lie before ``first``, which is certain, to that day."""
        return self.moved(lambda day: max(day, first))

    def not_after(self, last: date) -> Estimate:
        """Move the days that lie after ``last``, which is certain, to that day."""
        return self.moved(lambda day: min(day, last))


def combine(
    estimates: Sequence[Estimate | None], choose: Callable[[Iterable[date]], date]
) -> Estimate | None:
    """Estimate the first (``min``) or the last (``max``) of several estimated days.

    None where one of them cannot be estimated, or there are none.

    >>> january, may = date(2027, 1, 1), date(2027, 5, 1)
    >>> print(combine([Estimate(january, may, may), Estimate(may, may, date.max)], min).latest)
    2027-05-01
    """
    present = [estimate for estimate in estimates if estimate]
    if not present or len(present) < len(estimates):
        return None
    return Estimate(
        choose(estimate.earliest for estimate in present),
        choose(estimate.median for estimate in present),
        choose(estimate.latest for estimate in present),
    )
