"""Writing back SQLite's log of changes, in which what was overwritten stands until then."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from lifecycle.database import urls

if TYPE_CHECKING:
    from lifecycle.database.store import Store

PATIENCE = 5.0
"""Seconds for which readers are waited for."""


async def write_back(store: Store) -> bool:
    """Empty the log of changes, and say whether that was possible; PostgreSQL has none.

    While others read what was there before, it stays until it is written back the next time.
    """
    path = urls.file_of(store.url)
    return path is None or await asyncio.to_thread(_write_back, str(path))


def _write_back(path: str) -> bool:
    with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as connection:
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
