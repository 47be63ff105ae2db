"""The Common Lifecycle Enumeration (ECMA-428): a product's lifecycle as events, newest first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

SCHEMA = "https://cle.example.com/schema/cle-1.0.0.schema.json"
"""What documents name as their schema: its own ``$id``, until Ecma gives it another."""
MEDIA_TYPE = "application/json"


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
    events: list[CleEvent], definitions: list[SupportDefinition]
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
    identifiers: tuple[str, ...], events: list[CleEvent], definitions: list[SupportDefinition]
) -> bytes:
    """Write the document of a product that has any events, and package URLs to name it by."""
    identifier: Any = identifiers[0] if len(identifiers) == 1 else identifiers
    document = {
        "$schema": SCHEMA,
        "identifier": identifier,
        "updatedAt": write_instant(max(event.published for event in events)),
        **lifecycle_members(events, definitions),
    }
    return msgspec.json.encode(document)


def write_instant(instant: datetime) -> str:
    """Write an instant in UTC, to the second."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
