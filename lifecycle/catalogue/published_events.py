"""The events of products' lifecycles as they were published, and how new ones are added."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import func, insert, select

from lifecycle.catalogue.models import PublishedEvent as Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.ext.asyncio import AsyncSession


class EventType(StrEnum):
    """What an event tells, in the words of ECMA-428; ``identified`` is told to nobody."""

    IDENTIFIED = "identified"
    RELEASED = "released"
    SUPERSEDED_BY = "supersededBy"
    END_OF_SUPPORT = "endOfSupport"
    END_OF_LIFE = "endOfLife"
    COMPONENT_RENAMED = "componentRenamed"
    WITHDRAWN = "withdrawn"


class PublishedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it was published, under its number.

    ``subject`` is what it is about: a version, a line, a line and a tier. ``day`` is the one on
    which it takes effect, as its product counts days, and ``at`` that day's beginning. ``body``
    holds what its type has beside these, in the words of ECMA-428.
    """

    number: int
    type: EventType
    subject: str
    day: date
    at: datetime
    published_at: datetime
    body: dict[str, Any]

    @property
    def ranges(self) -> tuple[str, ...]:
        """The ranges of versions that it concerns; none where it concerns one, or an event."""
        return tuple(versions["range"] for versions in self.body.get("versions", ()))

    @property
    def withdraws(self) -> int | None:
        """The number of the event that it withdraws, if it does."""
        return self.body.get("eventId")


async def last_number(session: AsyncSession, product_id: int) -> int:
    """Return the number of the newest event that was published of a product; 0 before the first."""
    statement = select(func.max(Row.number)).where(Row.product_id == product_id)
    return await session.scalar(statement) or 0


async def load_events(session: AsyncSession, product_id: int) -> tuple[PublishedEvent, ...]:
    """Read all that was published of a product, the oldest first; number 0 is part of it."""
    columns = (Row.number, Row.type, Row.subject, Row.day, Row.body, Row.published_at)
    rows = await session.execute(
        select(*columns).where(Row.product_id == product_id).order_by(Row.number)
    )
    return tuple(
        PublishedEvent(
            number=number,
            type=EventType(type_),
            subject=subject,
            day=day,
            at=datetime.fromisoformat(body["effective"]),
            published_at=published_at,
            body={name: value for name, value in body.items() if name != "effective"},
        )
        for number, type_, subject, day, body, published_at in rows
    )


async def add_events(
    session: AsyncSession, product_id: int, events: Iterable[PublishedEvent]
) -> None:
    """Store what is published of a product now, under numbers that nothing has yet."""
    rows: Sequence[dict[str, Any]] = [
        {
            "product_id": product_id,
            "number": event.number,
            "type": event.type.value,
            "subject": event.subject,
            "day": event.day,
            "body": {"effective": event.at.isoformat(), **event.body},
            "published_at": event.published_at,
        }
        for event in events
    ]
    if rows:
        await session.execute(insert(Row.__table__), rows)  # type: ignore[arg-type]
