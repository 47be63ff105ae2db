"""The store: where reads see one moment, and writes come one after another or not at all."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from sqlalchemy import event
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from lifecycle.database import urls
from lifecycle.database.failures import explained, is_outage, reached
from lifecycle.database.files import OpenedFile
from lifecycle.database.probes import write_probe
from lifecycle.database.types import encode_json
from lifecycle.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from sqlalchemy import URL, Connection

Sessions: TypeAlias = async_sessionmaker[AsyncSession]
Listener: TypeAlias = "Callable[[frozenset[str | None], int], None]"
LastStatement: TypeAlias = "Callable[[AsyncSession], Awaitable[None]]"

BUSY_SECONDS = 30
READERS = 8
READERS_APART = 2
CONNECTIONS = 10
FILLER = 64 * 1024
"""Bytes that a probe stores while there is trouble."""


class Touched(msgspec.Struct):
    """What a transaction changed: the products, and the store's revision after it (0: none)."""

    products: set[str | None] = msgspec.field(default_factory=set)
    head: int = 0


class Unlocking(sqlite3.Connection):
    """A connection that gives its locks back when it is closed.

    SQLite keeps a connection alive that is closed while a statement of it is not finished, as
    when its task was cancelled: nobody could write until its last cursor was collected.
    """

    def close(self) -> None:
        """End the transaction, then close."""
        try:
            self.rollback()
        finally:
            super().close()


class Store:
    """One database. ``reads`` never write and see one moment; ``writes`` never lose an update."""

    def __init__(
        self, url: URL, reading: AsyncEngine, writing: AsyncEngine, apart: AsyncEngine
    ) -> None:
        self.url = url
        self.engines = (reading, writing, apart)
        self.reads: Sessions = async_sessionmaker(reading, expire_on_commit=False)
        self.writes: Sessions = async_sessionmaker(writing, expire_on_commit=False)
        self._apart: Sessions = async_sessionmaker(apart, expire_on_commit=False)
        self._file = OpenedFile(urls.file_of(url))
        self.trouble: str | None = None
        """Why the last change could not be stored; nothing once one was."""
        self._listeners: list[Listener] = []
        self._writers: set[asyncio.Task[Any] | None] = set()

    @property
    def dialect(self) -> str:
        """Name the engine: ``sqlite`` or ``postgresql``."""
        return self.url.get_backend_name()

    def on_commit(self, listener: Listener) -> None:
        """Call ``listener(products, head)`` after each commit that left evidence."""
        self._listeners.append(listener)

    @asynccontextmanager
    async def reading(self, *, apart: bool = False) -> AsyncIterator[AsyncSession]:
        """Yield a session that sees one moment of the store and cannot change it.

        What others wait for while they have a session themselves reads ``apart``, on connections
        of its own: otherwise enough of them would hold every connection that it needs.
        """
        self._file.check()
        with explained():
            async with self._apart() if apart else self.reads() as session:
                await _connect(session)
                yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """Yield the session of one change: committed on leaving, rolled back on any error.

        What actions asked to be the last statement (the audit's head) runs just before the commit,
        the listeners right after it. A task has one such session at a time.
        """
        task = asyncio.current_task()
        if task in self._writers:
            msg = "This task is writing already; a second session would wait for the first forever."
            raise RuntimeError(msg)
        self._writers.add(task)
        try:
            self._file.check()
            with explained():
                async with self.writes.begin() as session:
                    await _connect(session)
                    yield session
                    await session.flush()
                    for statement in last_statements(session).values():
                        await statement(session)
                    self._file.check()
        except Unavailable as error:
            if is_outage(error):
                self.trouble = error.detail
            raise
        finally:
            self._writers.discard(task)
        self._tell(touched(session))

    async def probe(self, now: datetime) -> None:
        """Store something, so that ``trouble`` says whether that is possible; raise if it is not.

        While there is trouble, it is as much as a change takes: a full disk may still have room
        for a little.
        """
        filler = os.urandom(FILLER // 2).hex() if self.trouble else ""
        async with self.writing() as session:
            await write_probe(session, now, filler)
        self.trouble = None

    def _tell(self, change: Touched) -> None:
        if change.head:
            self.trouble = None
            for listener in self._listeners:
                listener(frozenset(change.products), change.head)

    async def close(self) -> None:
        """Close every connection."""
        for engine in self.engines:
            await engine.dispose()


async def _connect(session: AsyncSession) -> None:
    with reached():
        await session.connection()


def touched(session: AsyncSession) -> Touched:
    """Return what this session's transaction has changed so far."""
    change: Touched = session.info.setdefault("touched", Touched())
    return change


def last_statements(session: AsyncSession) -> dict[str, LastStatement]:
    """Return what runs just before the commit, by name; add to it to run there too, once."""
    statements: dict[str, LastStatement] = session.info.setdefault("last_statements", {})
    return statements


def open_store(address: str) -> Store:
    """Open the store at an address; nothing is contacted before the first session."""
    url = urls.parse(address)
    if urls.file_of(url) is not None:
        return Store(
            url,
            sqlite_engine(url, begin="BEGIN", pool_size=READERS),
            sqlite_engine(url, begin="BEGIN IMMEDIATE", pool_size=1),
            sqlite_engine(url, begin="BEGIN", pool_size=READERS_APART),
        )
    from lifecycle.database import postgresql  # noqa: PLC0415 -- its driver costs a start time

    sizes = (CONNECTIONS, READERS_APART)
    engine, apart = postgresql.make_engines(url, *sizes, patience=BUSY_SECONDS)
    return Store(url, postgresql.one_moment(engine), engine, postgresql.one_moment(apart))


def sqlite_engine(url: URL, *, begin: str, pool_size: int) -> AsyncEngine:
    """Make an engine that says itself how a transaction begins; the driver must not.

    Plain BEGIN takes the write lock late, when it may be too late to be had without losing what was
    read; BEGIN IMMEDIATE takes it at once and waits for it. One connection in the pool makes
    writers of this process queue in order, where SQLite's own waiting is unfair.
    """
    engine = create_async_engine(
        urls.opened(url),
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS, "factory": Unlocking},
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        hide_parameters=True,  # addresses are among them, and errors are logged
        json_serializer=encode_json,
        json_deserializer=msgspec.json.decode,
    )
    pragmas = ["foreign_keys = ON", "synchronous = FULL"]
    if begin == "BEGIN":
        pragmas.append("query_only = ON")

    @event.listens_for(engine.sync_engine, "do_connect")
    def try_to_open(_dialect: Any, _record: Any, where: Any, how: dict[str, Any]) -> None:
        # A file that cannot be opened is found out here, before a thread is started for it that
        # would answer when nobody listens any more.
        sqlite3.connect(*where, **how).close()

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        try:
            cursor = connection.cursor()
            for pragma in pragmas:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()
        except BaseException:
            connection.close()  # nobody else knows of it yet
            raise

    @event.listens_for(engine.sync_engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
