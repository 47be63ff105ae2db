"""One view of the local store, and what is read on it, in plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from lifecycle.answers.snapshots import read_snapshot
from lifecycle.cli.clock import now
from lifecycle.cli.listings import ALL, Listing
from lifecycle.cli.local_store import with_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.cli.listings import Extent
    from lifecycle.database import Store
    from lifecycle.database.pagination import Page

Result = TypeVar("Result")

PAGE_LENGTH = 500


def read(work: Callable[[AsyncSession], Awaitable[Result]]) -> Any:
    """Do something on one view of the store, and give what comes of it in plain values."""

    async def on_store(store: Store) -> Result:
        async with store.reading() as session:
            return await work(session)

    return msgspec.to_builtins(with_store(on_store))


def read_pages(
    read_page: Callable[[AsyncSession, str | None, int], Awaitable[Page[Any]]],
    extent: Extent = ALL,
) -> Listing:
    """Give what the pages of a list hold, as they are on one view of the store.

    A page is read after a cursor, with so many items at most.
    """

    async def work(session: AsyncSession) -> tuple[list[Any], str | None]:
        items: list[Any] = []
        cursor = extent.after
        while True:
            remaining = PAGE_LENGTH if extent.limit is None else extent.limit - len(items)
            page = await read_page(session, cursor, min(remaining, PAGE_LENGTH))
            items += page.items
            cursor = page.next
            if cursor is None or len(items) == extent.limit:
                return items, cursor

    return Listing(*read(work))


def snapshot_of(product: str) -> tuple[Snapshot, date]:
    """Give a product as it stands, without what is told of its past, and the day it is for it."""

    async def work(store: Store) -> Snapshot:
        async with store.reading() as session:
            return await read_snapshot(session, product)

    snapshot = with_store(work)
    return snapshot, snapshot.today(now())
