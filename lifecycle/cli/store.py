"""The local store, as commands use it."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from lifecycle import settings
from lifecycle.database import migrating
from lifecycle.database.store import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from lifecycle.database.store import Store

Result = TypeVar("Result")


def store_url() -> str:
    """Give the address of the store that the settings name."""
    return settings.load(os.environ).database_url


def with_store(work: Callable[[Store], Awaitable[Result]]) -> Result:
    """Do asynchronous work on the local store, which must be there and up to date."""

    async def main() -> Result:
        url = store_url()
        await migrating.require_current(url)
        async with opened(url) as store:
            return await work(store)

    return asyncio.run(main())


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """Open a store, and close it in the end."""
    store = open_store(url)
    try:
        yield store
    finally:
        await store.close()
