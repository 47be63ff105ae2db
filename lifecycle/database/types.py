"""Column types that mean the same on both stores."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import JSON, DateTime, String, TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Dialect

Name = String().with_variant(String(collation="C"), "postgresql")
"""Text that is compared and sorted by its code points, whatever the server's language."""

Json = JSON(none_as_null=True)
"""A JSON document whose keys keep their order; ``None`` is NULL."""


class JsonList(TypeDecorator[list[Any]]):
    """A list as JSON, in a column that older rows have not filled: they hold an empty one."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> list[Any]:
        """Return what is stored, or an empty list for NULL."""
        return value or []


class Instant(TypeDecorator[datetime]):
    """A moment, aware, in UTC. SQLite keeps it as text of fixed width, so that it sorts."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone: nobody could say when it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"An instant needs a time zone: {value.isoformat()}"
            raise ValueError(msg)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def encode_json(value: Any) -> str:
    """Write JSON as text, keys in the order they came."""
    return msgspec.json.encode(value).decode()
