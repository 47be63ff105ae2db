"""Business time: days on which a vendor's people work, from opening to closing, in their zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from lifecycle.calendar.lengths import add_days
from lifecycle.calendar.public_holidays import is_holiday
from lifecycle.calendar.zones import instant_of, local

if TYPE_CHECKING:
    from collections.abc import Iterator


class BusinessHours(msgspec.Struct, frozen=True):
    """From ``open`` up to ``close`` on those weekdays (Monday is 0) that are no holidays."""

    days: frozenset[int]
    open: time
    close: time
    holidays: str | None
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if not self.days or not self.days <= set(range(7)) or self.open >= self.close:
            raise ValueError("Business hours need weekdays, and must open before they close.")


def is_business_day(day: date, hours: BusinessHours) -> bool:
    """Return whether the vendor is open on a day."""
    works = day.weekday() in hours.days
    return works and not (hours.holidays and is_holiday(day, hours.holidays))


def add_business_days(day: date, count: int, hours: BusinessHours) -> date:
    """Return the ``count``-th business day after a day; counting starts the day after it.

    >>> week = BusinessHours(frozenset(range(5)), time(9), time(18), None, ZoneInfo("UTC"))
    >>> add_business_days(date(2026, 1, 30), 10, week).isoformat()
    '2026-02-13'
    """
    days = _business_days(day, hours, step=1)
    return next(islice(days, count - 1, None), date.max) if count > 0 else day


def due(opened_at: datetime, business_days: int, hours: BusinessHours) -> datetime:
    """Return the instant, in UTC, by which so many business days have passed since ``opened_at``.

    The clock's time stays: two days from Friday 17:30 is Tuesday 17:30. What is opened outside
    hours counts from the last close: two days from Saturday is Tuesday 18:00.

    >>> week = BusinessHours(frozenset(range(5)), time(9), time(18), None, ZoneInfo("Europe/Paris"))
    >>> due(datetime(2026, 1, 31, 12, tzinfo=UTC), 2, week).isoformat()
    '2026-02-03T17:00:00+00:00'
    """
    if business_days < 1:
        return next_opening(opened_at, hours)
    opened = local(opened_at, hours.zone)
    day, clock = opened.date(), opened.time()
    if not is_business_day(day, hours) or clock < hours.open:
        day, clock = next(_business_days(day, hours, step=-1), date.min), hours.close
    return instant_of(
        add_business_days(day, business_days, hours), min(clock, hours.close), hours.zone
    )


def next_opening(instant: datetime, hours: BusinessHours) -> datetime:
    """Return the first instant, in UTC, from this one on at which the business is open.

    >>> week = BusinessHours(frozenset(range(5)), time(9), time(18), None, ZoneInfo("UTC"))
    >>> next_opening(datetime(2026, 1, 31, 12, tzinfo=UTC), week).isoformat()
    '2026-02-02T09:00:00+00:00'
    """
    now = local(instant, hours.zone)
    if is_business_day(now.date(), hours):
        if now.time() < hours.open:
            return instant_of(now.date(), hours.open, hours.zone)
        if now.time() < hours.close:
            return instant.astimezone(UTC)
    day = next(_business_days(now.date(), hours, step=1), date.max)
    return instant_of(day, hours.open, hours.zone)


def last_opening(day: date, hours: BusinessHours) -> datetime:
    """Return the last instant, in UTC, at which the business opens on a day before this one.

    >>> week = BusinessHours(frozenset(range(5)), time(9), time(18), None, ZoneInfo("UTC"))
    >>> last_opening(date(2026, 2, 2), week).isoformat()
    '2026-01-30T09:00:00+00:00'
    """
    opened = next(_business_days(day, hours, step=-1), date.min)
    return instant_of(opened, hours.open, hours.zone)


def _business_days(day: date, hours: BusinessHours, *, step: int) -> Iterator[date]:
    """Walk the business days from the day after (or before) a day to the calendar's end."""
    while (following := add_days(day, step)) != day:
        day = following
        if is_business_day(day, hours):
            yield day
