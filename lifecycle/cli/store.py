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


def with_store(work: Callable[[Store], Awaitable[Result]], *, create: bool = False) -> Result:
    """Do asynchronous work on the local store; ``create`` makes or migrates it first."""
    return asyncio.run(_with_store(work, create=create))


async def _with_store(work: Callable[[Store], Awaitable[Result]], *, create: bool) -> Result:
    async with opened(store_url(), create=create) as store:
        return await work(store)


@asynccontextmanager
async def opened(url: str, *, create: bool) -> AsyncIterator[Store]:
    """Open a store of the form this version knows, and close it in the end."""
    if create:
        await migrating.upgrade(url)
    store = open_store(url)
    try:
        yield store
    finally:
        await store.close()
