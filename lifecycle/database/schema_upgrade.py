"""Bring a store to the form this code expects; never touch one that is ahead of it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sqlite3
from typing import TYPE_CHECKING

import msgspec
import structlog
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from lifecycle.database import urls
from lifecycle.database.failures import reached
from lifecycle.database.schema_revisions import scripts
from lifecycle.database.store import BUSY_SECONDS, open_store
from lifecycle.errors import BadRequest, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

    from lifecycle.database.store import Store
    from lifecycle.settings import Settings

PATIENCE = 60.0
"""Seconds for which a worker waits for somebody to begin to upgrade the store."""
LOOK_EVERY = 0.5
LOCK = 5_274_893_061_217
"""The number under which upgrades of a PostgreSQL store exclude each other."""
UNFINISHED = "copying"
"""The revision of a store that another is being copied to."""

log = structlog.get_logger(__name__)


class StoreTooNew(Unavailable):
    """The store was written by a newer version of this program."""


class StoreTooOld(Unavailable):
    """The store has not been upgraded to this version of the program."""


class StoreUnfinished(Unavailable):
    """Another store is being copied to this one; `lifecycle db copy` has to complete that first."""


class Status(msgspec.Struct, frozen=True):
    """The revision a store is at (nothing: empty), and those that an upgrade would run."""

    current: str | None
    newest: str
    pending: tuple[str, ...]


def config(connection: Connection | None = None) -> Config:
    """Build Alembic's configuration in code, since an installed package has no file of it."""
    settings = Config()
    settings.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings


async def upgrade(address: str) -> Status:
    """Create the store if there is none, run what is pending, and say what that was.

    One lock spans it all, so of two processes that start at once, one finds nothing to do.
    """
    return await _with_connection(address, _upgrade, create=True)


async def status(address: str) -> Status:
    """Return where a store stands; raises ``StoreTooNew`` for one this code does not know."""
    return await _with_connection(address, _status, create=False)


async def upgrade_for(settings: Settings) -> Status:
    """Upgrade the store that the settings name, directly where a pooler stands before it.

    The two addresses must lead to one store: the pooler's must be up to date afterwards.
    """
    direct = settings.database_direct_url
    if direct and urls.file_of(urls.parse(settings.database_url)):
        raise BadRequest(
            "LIFECYCLE_DATABASE_DIRECT_URL is for a PostgreSQL store behind a connection pooler, "
            "but the store is a SQLite file; leave it out."
        )
    before = await upgrade(direct or settings.database_url)
    if direct and (await status(settings.database_url)).pending:
        raise BadRequest(
            "LIFECYCLE_DATABASE_DIRECT_URL and LIFECYCLE_DATABASE_URL name different stores: the "
            "first was upgraded, and the second is not up to date."
        )
    return before


async def require_current(address: str) -> None:
    """Refuse to work on a store that is not in the form this code expects.

    An upgrade that is under way is waited for, however long it takes.
    """
    await await_current(address, patience=0.0)


async def await_current(address: str, *, patience: float = PATIENCE) -> None:
    """Wait until a store is in the form this code expects; refuse it after ``patience`` seconds.

    Time in which somebody upgrades it does not count. One that cannot be reached is refused at
    once.
    """
    if patience and (await status(address)).pending:
        log.info("the store is not up to date; waiting for `serve` or `lifecycle db upgrade`")
    seconds_left = patience
    while (await status(address)).pending:
        if not await _is_locked(address):
            if seconds_left <= 0 and (await status(address)).pending:  # no upgrade ended in between
                raise StoreTooOld(
                    "The store has not been upgraded to this version of the program; "
                    "run `lifecycle db upgrade`."
                )
            seconds_left -= LOOK_EVERY
        await asyncio.sleep(LOOK_EVERY)


async def _is_locked(address: str) -> bool:
    """Return whether somebody changes a SQLite store, or upgrades one on PostgreSQL."""
    path = urls.file_of(urls.parse(address))
    if path is not None:
        return await asyncio.to_thread(_is_written_to, path)
    store = open_store(address)
    try:
        with reached():
            async with store.engines[0].begin() as connection:
                free = select(func.pg_try_advisory_xact_lock_shared(LOCK))
                return not await connection.scalar(free)
    finally:
        await store.close()


def _is_written_to(path: Path) -> bool:
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=0)
        ) as database:
            database.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    return False


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


@functools.cache
def _known_revisions() -> tuple[str, ...]:
    """Give the revisions that this code knows, newest first; Alembic loads each migration anew."""
    directory = ScriptDirectory.from_config(config())
    return tuple(script.revision for script in directory.walk_revisions())


def _status(connection: Connection) -> Status:
    revisions = _known_revisions()
    newest = revisions[0]
    current = MigrationContext.configure(connection).get_current_revision()
    if current == UNFINISHED:
        raise StoreUnfinished
    if current is not None and current not in revisions:
        raise StoreTooNew(
            f"The store is at revision {current}, which this version of the program does not know "
            f"(its newest is {newest}). Install the version that wrote it, or a newer one."
        )
    ahead = revisions[: revisions.index(current)] if current else revisions
    return Status(current=current, newest=newest, pending=tuple(reversed(ahead)))


def _upgrade(connection: Connection) -> Status:
    before = _status(connection)
    if before.pending:
        command.upgrade(config(connection), "head")
    return before
