"""Opening either end of a copy, whichever kind of store it is."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from lifecycle.database import urls
from lifecycle.database.failures import reached
from lifecycle.database.store_copies.postgresql_servers import PostgreSQLEnd
from lifecycle.database.store_copies.sqlite_files import SQLiteEnd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lifecycle.database.store_copies.copied_tables import CopyEnd


@asynccontextmanager
async def opened_end(address: str) -> AsyncIterator[CopyEnd]:
    """Open one end of a copy, and let go of it afterwards."""
    url = urls.parse(address)
    path = urls.file_of(url)
    with reached():
        end: CopyEnd = SQLiteEnd(path) if path else await PostgreSQLEnd.connected(url)
    try:
        yield end
    finally:
        await end.close()
