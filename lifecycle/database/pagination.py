"""Lists, one page at a time: the cursor names the last row seen, so none is skipped or repeated."""

from __future__ import annotations

import base64
import binascii
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from sqlalchemy import tuple_

from lifecycle.errors import BadRequest, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import InstrumentedAttribute

T = TypeVar("T")
LARGEST = 500
LARGEST_NUMBER = 2**63 - 1


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Some items of a list, and the cursor of those that follow, if any do."""

    items: list[T]
    next: str | None = None


async def page(
    session: AsyncSession,
    statement: Select[T],
    keys: Sequence[InstrumentedAttribute[Any]],
    *,
    cursor: str | None,
    limit: int,
    descending: bool = False,
) -> Page[T]:
    """Return the page after ``cursor`` of a statement on one entity.

    ``keys`` are columns of that entity that are never NULL and together unique; they order it.
    """
    if not 1 <= limit <= LARGEST:
        problem = Problem("limit", "must be a number from 1 to 500", value=limit, allowed="1..500")
        raise BadRequest(f"A page holds 1 to {LARGEST} items, not {limit}.", problems=[problem])
    place = tuple_(*keys)
    if cursor is not None:
        last_key = tuple_(*read_cursor(cursor, [key.type.python_type for key in keys]))
        statement = statement.where(place < last_key if descending else place > last_key)
    order = [key.desc() if descending else key.asc() for key in keys]
    rows = (await session.scalars(statement.order_by(*order).limit(limit + 1))).all()
    return cut(rows, limit, lambda row: [getattr(row, key.key) for key in keys])


def cut(rows: Sequence[T], limit: int, key: Callable[[T], Sequence[Any]]) -> Page[T]:
    """Make a page of the first items found, of which there is one more if others follow.

    ``key`` is what the cursor holds of the page's last item.
    """
    items = list(rows[:limit])
    return Page(items, write_cursor(key(items[-1])) if len(rows) > limit else None)


def write_cursor(values: Sequence[Any]) -> str:
    """Pack the key of a row into an opaque word.

    >>> read_cursor(write_cursor(["3.35.2", 7]), [str, int])
    ['3.35.2', 7]
    """
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def read_cursor(cursor: str, types: Sequence[type]) -> list[Any]:
    """Unpack a row's key; anything that this list did not give out itself is refused."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        packed = base64.b64decode(padded, altchars=b"-_", validate=True)
        values = msgspec.json.decode(packed, type=list)
        return [_typed(value, kind) for value, kind in zip(values, types, strict=True)]
    except (ValueError, TypeError, binascii.Error, msgspec.MsgspecError) as error:
        problem = Problem("cursor", "is not a valid cursor for this list", value=cursor)
        raise BadRequest(
            f"cursor {cursor[:40]!r} is not valid for this list; use `next` of the previous "
            "page, or leave it out to start again.",
            problems=[problem],
        ) from error


def _typed(value: Any, kind: type) -> Any:
    if kind in {date, datetime}:
        return msgspec.convert(value, kind)
    if type(value) is not kind:
        raise TypeError(kind)
    if isinstance(value, str) and ("\x00" in value):
        raise ValueError(value)
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        raise ValueError(value)
    return value
