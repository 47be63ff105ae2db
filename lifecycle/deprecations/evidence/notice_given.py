"""How many days of notice an account had, and how many it was promised (pure)."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from lifecycle.calendar.zones import local_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo


def first_notified(
    deliveries: Iterable[tuple[date | None, datetime | None]], effective_on: date, zone: ZoneInfo
) -> date | None:
    """Return the local day on which a notice of this effective day, or an earlier, first arrived.

    A delivery is the effective day that its notice stated, and when it arrived. Who was first told
    of a later day, and then had it brought forward, has the notice of the second.

    >>> from datetime import UTC
    >>> from zoneinfo import ZoneInfo
    >>> may, june, paris = date(2027, 5, 1), date(2027, 6, 1), ZoneInfo("Europe/Paris")
    >>> late, later = datetime(2027, 1, 1, 23, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)
    >>> print(first_notified([(june, late), (may, later)], may, paris))
    2027-02-01
    >>> print(first_notified([(june, late), (may, later)], june, paris))
    2027-01-02
    """
    arrived = [at for stated, at in deliveries if stated and stated <= effective_on and at]
    return local_day(min(arrived), zone) if arrived else None


def days_had(notified_on: date | None, effective_on: date) -> int | None:
    """Count the days from the first notice to the effective day; None where none arrived."""
    return None if notified_on is None else (effective_on - notified_on).days


def days_promised(owed: Mapping[str, Any] | None, revised_on: date) -> int | None:
    """Count the days from a revision's day to the earliest that it, as it is kept, owed a tier.

    None where it owed that tier nothing.
    """
    earliest = owed.get("earliest") if owed else None
    return (date.fromisoformat(earliest) - revised_on).days if earliest else None
