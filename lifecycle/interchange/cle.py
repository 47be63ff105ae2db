"""The Common Lifecycle Enumeration (ECMA-428): a product's lifecycle as events, newest first.

A document holds a limited number of events. Of a longer history there are several, its pages, which
an index lists; each but the newest names the one after it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SCHEMA = "https://cle.example.com/schema/cle-1.0.0.schema.json"
"""What documents name as their schema: its own ``$id``, until Ecma gives it another."""
INDEX_SCHEMA = "https://cle.example.com/schema/cle-index-1.0.0.schema.json"
"""The same of indexes, for which the standard shows an example alone."""
MEDIA_TYPE = "application/json"
MOST_EVENTS = 100_000
"""How many events one document may hold, by the standard."""


class CleEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event; ``body`` is what its type has beside what all events have."""

    id: int
    type: str
    effective: datetime
    published: datetime
    body: dict[str, Any]


class SupportDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A level of support whose ends events tell, under the id that they name it by."""

    id: str
    description: str
    url: str | None = None


class Links(msgspec.Struct, frozen=True):
    """What a page leads to: the index of all, and the next page, unless it is the newest."""

    index: str
    next: str | None


def count_pages(events: Sequence[CleEvent]) -> int:
    """Return how many pages events, which are numbered from 1 on, make up."""
    return max(1, -(-len(events) // MOST_EVENTS))


def events_of_page(events: Sequence[CleEvent], page: int) -> Sequence[CleEvent]:
    """Return the events of a page, the first of which is 1 and has the oldest ones."""
    return events[(page - 1) * MOST_EVENTS : page * MOST_EVENTS]


def write_index(events: Sequence[CleEvent], address_of: Callable[[int], str]) -> bytes:
    """Write the index of the pages that events, of which there are some, make up."""
    pages = []
    for page in range(1, count_pages(events) + 1):
        page_events = events_of_page(events, page)
        ends = {"firstEventId": page_events[0].id, "lastEventId": page_events[-1].id}
        pages.append({"url": address_of(page), **ends})
    return msgspec.json.encode({"$schema": INDEX_SCHEMA, "pages": pages})


def event_members(event: CleEvent) -> dict[str, Any]:
    """Return an event as a document holds it.

    >>> day = datetime(2026, 1, 16, 5, tzinfo=UTC)
    >>> event_members(CleEvent(id=1, type="released", effective=day, published=day,
    ...                        body={"version": "3.0.0"}))["effective"]
    '2026-01-16T05:00:00Z'
    """
    return {
        "id": event.id,
        "type": event.type,
        "effective": write_instant(event.effective),
        "published": write_instant(event.published),
        **event.body,
    }


def lifecycle_members(
    events: Sequence[CleEvent], definitions: list[SupportDefinition]
) -> dict[str, Any]:
    """Return events, the newest first, and the definitions that these name, as documents do."""
    newest_first = sorted(events, key=lambda event: event.id, reverse=True)
    members: dict[str, Any] = {"events": [event_members(event) for event in newest_first]}
    named = {event.body.get("supportId") for event in events}
    described = [
        {name: text for name, text in msgspec.structs.asdict(support).items() if text is not None}
        for support in definitions
        if support.id in named
    ]
    return members | ({"definitions": {"support": described}} if described else {})


def write_document(
    identifiers: tuple[str, ...],
    events: Sequence[CleEvent],
    definitions: list[SupportDefinition],
    links: Links | None = None,
) -> bytes:
    """Write the document of a product that has any events, and package URLs to name it by.

    A page of several has ``links``.
    """
    identifier: Any = identifiers[0] if len(identifiers) == 1 else identifiers
    document = {
        "$schema": SCHEMA,
        "identifier": identifier,
        "updatedAt": write_instant(max(event.published for event in events)),
        **lifecycle_members(events, definitions),
    }
    if links is not None:
        document |= {name: link for name, link in msgspec.structs.asdict(links).items() if link}
    return msgspec.json.encode(document)


@lru_cache(maxsize=1 << 12)
def write_instant(instant: datetime) -> str:
    """Write an instant in UTC, to the second."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
