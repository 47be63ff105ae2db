"""The local store, as commands use it."""

from __future__ import annotations

import asyncio
import os
import tempfile
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from lifecycle import settings
from lifecycle.cli.lazy_modules import later
from lifecycle.database import schema_revisions, urls
from lifecycle.database.store import open_store
from lifecycle.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from lifecycle.database import schema_upgrade
    from lifecycle.database.store import Store
else:
    schema_upgrade = later("lifecycle.database.schema_upgrade")

Result = TypeVar("Result")


def store_url() -> str:
    """Give the address of the store that the settings name."""
    return settings.load(os.environ).database_url


def with_store(
    work: Callable[[Store], Awaitable[Result]], *, create: bool = False, dry_run: bool = False
) -> Result:
    """Do asynchronous work on the local store, which must be up to date.

    ``create`` makes one where there is none; it never migrates one that others may be using. A
    ``dry_run`` makes none that stays.
    """

    async def main() -> Result:
        chosen = settings.load(os.environ)
        url = chosen.database_url
        if create and await _is_missing(url):
            if dry_run:
                return await _on_passing_store(work)
            await schema_upgrade.upgrade_for(chosen)
        await require_store(url)
        async with opened(url) as store:
            return await work(store)

    return asyncio.run(main())


async def require_store(url: str) -> None:
    """Refuse a store that is not there yet, or not in the form this code expects."""
    path = urls.file_of(urls.parse(url))
    if path is not None and not path.exists():
        raise Unavailable(
            f"There is no store at {path} yet; `lifecycle import`, `lifecycle serve` and"
            " `lifecycle db upgrade` create it. Commands that have --server ask a running service"
            " instead where LIFECYCLE_SERVER names it."
        )
    if path is None or not schema_revisions.is_current(path):
        await schema_upgrade.require_current(url)


async def _on_passing_store(work: Callable[[Store], Awaitable[Result]]) -> Result:
    with tempfile.TemporaryDirectory(prefix="lifecycle-") as folder:
        url = f"sqlite:///{folder}/store.sqlite3"
        await schema_upgrade.upgrade(url)
        async with opened(url) as store:
            return await work(store)


async def _is_missing(url: str) -> bool:
    path = urls.file_of(urls.parse(url))
    if path is not None:
        return not path.exists()
    return (await schema_upgrade.status(url)).current is None


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """Open a store, and close it in the end."""
    store = open_store(url)
    try:
        yield store
    finally:
        await store.close()
