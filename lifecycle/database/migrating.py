"""Bring a store to the form this code expects; never touch one that is ahead of it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

import lifecycle
from lifecycle.database import urls
from lifecycle.database.failures import reached
from lifecycle.database.store import BUSY_SECONDS, open_store
from lifecycle.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

    from lifecycle.database.store import Store

LOCK = 5_274_893_061_217
"""The number under which upgrades of a PostgreSQL store exclude each other."""


class StoreTooNew(Unavailable):
    """The store was written by a newer version of this program."""


class StoreTooOld(Unavailable):
    """The store has not been upgraded to this version of the program."""


class Status(msgspec.Struct, frozen=True):
    """The revision a store is at (nothing: empty), and those that an upgrade would run."""

    current: str | None
    newest: str
    pending: tuple[str, ...]


def scripts() -> Path:
    """Find the migrations: beside the installed package's modules, or in the source tree."""
    package = Path(lifecycle.__file__).parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


def config(connection: Connection | None = None) -> Config:
    """Build Alembic's configuration in code, since an installed package has no file of it."""
    made = Config()
    made.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


async def upgrade(address: str) -> Status:
    """Create the store if there is none, run what is pending, and say what that was.

    One lock spans it all, so of two processes that start at once, one finds nothing to do.
    """
    return await _with_connection(address, _upgrade, create=True)


async def status(address: str) -> Status:
    """Say where a store stands; raises ``StoreTooNew`` for one this code does not know."""
    return await _with_connection(address, _status, create=False)


async def require_current(address: str) -> None:
    """Refuse to work on a store that is not in the form this code expects."""
    if (await status(address)).pending:
        raise StoreTooOld(
            "The store has not been upgraded to this version of the program; "
            "run `lifecycle db upgrade`."
        )


async def _with_connection(
    address: str, act: Callable[[Connection], Status], *, create: bool
) -> Status:
    path = urls.file_of(urls.parse(address))
    if create and path is not None:
        with reached():
            _create(path)
    store = open_store(address)
    try:
        with reached():
            if create and path is not None:
                await _write_ahead(store)
            async with store.engines[1 if create else 0].begin() as connection:
                if create and store.dialect == "postgresql":
                    await connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
                return await connection.run_sync(act)
    finally:
        await store.close()


def _create(path: Path) -> None:
    """Make the file, readable by nobody else, and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


async def _write_ahead(store: Store) -> None:
    """Let readers and a writer work side by side; SQLite remembers that in the file.

    SQLite does not wait for others here, however long it is told to, so this does.
    """
    for _ in range(BUSY_SECONDS * 20):
        try:
            async with store.engines[1].connect() as connection:
                await _pragma(connection)
                return
        except (OperationalError, sqlite3.OperationalError) as error:
            # The pragma goes past SQLAlchemy, and so does what it raises.
            if _sqlite_code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            await asyncio.sleep(0.05)


def _sqlite_code(error: OperationalError | sqlite3.OperationalError) -> int | None:
    """Return SQLite's primary result code, which is the low byte of its extended ones."""
    cause = error.orig if isinstance(error, OperationalError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


async def _pragma(connection: AsyncConnection) -> None:
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None  # noqa: S101  a connection that is open has one
    await (await driver.execute("PRAGMA journal_mode = WAL")).close()


def _status(connection: Connection) -> Status:
    directory = ScriptDirectory.from_config(config())
    newest = directory.get_current_head() or ""
    known = [script.revision for script in directory.walk_revisions()]
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in known:
        raise StoreTooNew(
            f"The store is at revision {current}, which this version of the program does not know "
            f"(its newest is {newest}). Install the version that wrote it, or a newer one."
        )
    ahead = known[: known.index(current)] if current else known
    return Status(current=current, newest=newest, pending=tuple(reversed(ahead)))


def _upgrade(connection: Connection) -> Status:
    before = _status(connection)
    if before.pending:
        command.upgrade(config(connection), "head")
    return before
