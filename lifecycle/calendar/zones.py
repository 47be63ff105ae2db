"""Time zones: which day an instant falls on, and when that day ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from lifecycle.documents.storable_text import shown
from lifecycle.documents.suggestions import did_you_mean, nearest_words
from lifecycle.errors import BadRequest, Problem

_FORM = "a zone of the IANA database, such as Europe/Berlin"


class UnknownZone(BadRequest):
    """No time zone has this name."""


def zone(name: str, *, field: str = "timezone") -> ZoneInfo:
    """Return the zone of an IANA name, letter for letter, or raise ``UnknownZone``.

    >>> zone("America/New_York").key
    'America/New_York'
    """
    if name not in _zones():
        hint = did_you_mean(nearest_words(name, _zones(), most=3)) or f"; use {_FORM}."
        raise UnknownZone(
            f"{field}: {shown(name)!r} is not a known time zone{hint}",
            problems=[Problem(field, "is not a known time zone", value=shown(name), allowed=_FORM)],
        )
    return ZoneInfo(name)


def stored_zone(name: str) -> ZoneInfo:
    """Return the zone of a name that ``zone`` accepted when it was stored.

    The database of zones is not listed for it, which takes longer than most commands may.
    """
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return zone(name)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the date in the zone at an instant, which must be aware.

    >>> local_day(datetime(2026, 1, 1, 4, tzinfo=UTC), zone("America/New_York")).isoformat()
    '2025-12-31'
    """
    return local(instant, zone).date()


def next_midnight(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant, in UTC, of the day after the one it is in the zone.

    Where clocks skip midnight, that day begins when they have skipped it.

    >>> next_midnight(datetime(2026, 1, 1, 4, tzinfo=UTC), zone("America/New_York")).isoformat()
    '2026-01-01T05:00:00+00:00'
    """
    today = local_day(instant, zone)
    if today == date.max:
        return _end(today.year)
    return instant_of(today + timedelta(days=1), time(), zone)


def local(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return an aware instant on the zone's clock, clamped to the calendar's ends."""
    if instant.tzinfo is None:
        raise ValueError("An instant needs its zone.")
    try:
        return instant.astimezone(zone)
    except OverflowError:
        return _end(instant.year).replace(tzinfo=zone)


def instant_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which a clock in the zone first shows the time that day.

    A time that clocks skip is taken as the moment after the gap that it would have been.

    >>> instant_of(date(2026, 3, 29), time(2, 30), zone("Europe/Berlin")).isoformat()
    '2026-03-29T01:30:00+00:00'
    """
    try:
        return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return _end(day.year)


def _end(year: int) -> datetime:
    return (datetime.min if year == date.min.year else datetime.max).replace(tzinfo=UTC)  # noqa: DTZ901 - the zone follows


@cache
def _zones() -> frozenset[str]:
    # Not every file of the database is a zone for people ("localtime", "Factory").
    return frozenset(name for name in available_timezones() if name not in {"localtime", "Factory"})
