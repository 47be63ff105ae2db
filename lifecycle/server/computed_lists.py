"""Pages of lists that are computed, not queried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from lifecycle.database.pagination import Page, cut, read_cursor

T = TypeVar("T")


def page_of(
    items: Sequence[T], *, key: Callable[[T], str], cursor: str | None, limit: int
) -> Page[T]:
    """Return the page after ``cursor`` of items that are sorted by a unique ``key``."""
    (last_key,) = read_cursor(cursor, [str]) if cursor is not None else ("",)
    items_left = [item for item in items if cursor is None or key(item) > last_key]
    return cut(items_left, limit, lambda item: [key(item)])
