"""Calendars (RFC 5545) of all-day events: the same facts give the same bytes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
from icalendar import Calendar, Event, vDuration, vText

if TYPE_CHECKING:
    from collections.abc import Iterable

MEDIA_TYPE = "text/calendar"
PRODUCT = "-//Lifecycle//Ends of support//EN"
REFRESH = timedelta(hours=12)
LONGEST = 1500
"""Longer descriptions are cut: calendar programs show a few lines, and fold each of them anew."""

_END = b"END:VCALENDAR\r\n"


class CalendarDay(msgspec.Struct, frozen=True, kw_only=True):
    """An all-day event, under an id that stays when its ``day`` moves.

    ``moves`` counts how often that may have happened, and ``at`` is when it last did.
    """

    id: UUID
    day: date
    title: str
    paragraphs: tuple[str, ...]
    link: str
    categories: tuple[str, ...]
    moves: int
    at: datetime
    cancelled: bool = False


def write_calendar(*, id: UUID, name: str, description: str, events: Iterable[bytes]) -> bytes:  # noqa: A002
    """Write a calendar around events that ``write_event`` has written.

    It has no METHOD, with which DTSTAMP would have to be the instant of writing.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("uid", str(id))
    # As texts: the library would write their commas and semicolons as they are.
    for property_name in ("name", "x-wr-calname"):
        calendar.add(property_name, vText(name))
    for property_name in ("description", "x-wr-caldesc"):
        calendar.add(property_name, vText(description))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    head = calendar.to_ical().removesuffix(_END)
    return b"".join([head, *events, _END])


def write_event(event: CalendarDay) -> bytes:
    """Write one event; writing thousands takes seconds, so what is written is worth keeping."""
    component = Event()
    component.add("uid", str(event.id))
    component.add("dtstamp", event.at.astimezone(UTC))
    component.add("last-modified", event.at.astimezone(UTC))
    component.add("sequence", event.moves)
    component.add("dtstart", event.day)
    if event.day < date.max:  # without an end, it takes one day
        component.add("dtend", event.day + timedelta(days=1))
    component.add("summary", _line(event.title))
    component.add("description", _cut("\n".join(event.paragraphs)))
    component.add("categories", [_line(category) for category in event.categories])
    component.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    component.add("transp", "TRANSPARENT")
    component.add("url", event.link)
    written: bytes = component.to_ical()
    return written


def _line(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}…"
