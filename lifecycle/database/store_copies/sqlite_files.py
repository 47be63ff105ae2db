"""A SQLite file as one end of a copy: nobody else has it open meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from lifecycle.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from lifecycle.database.store_copies.copied_tables import CopiedTable, Row

    Converters: TypeAlias = dict[str, Callable[[Any], Any]]

AT_ONCE = 2_000
PATIENCE = 2.0
"""Seconds for which another process may still be about to close the file."""


class SQLiteEnd:
    """One connection, which locks the whole file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=PATIENCE,
            isolation_level=None,
            check_same_thread=False,
        )

    async def hold(self, _tables: Sequence[CopiedTable]) -> None:
        """Lock the file for as long as it is open here; refuse it while others have it open."""
        try:
            await self.fetch("PRAGMA locking_mode = EXCLUSIVE")
            await self.fetch("BEGIN EXCLUSIVE")
            await self.fetch("COMMIT")
        except sqlite3.OperationalError as error:
            raise Conflict(
                f"The store at {self._path} is in use; stop the service and its workers first "
                f"({error})."
            ) from error

    async def fetch(self, statement: str, *values: Any) -> list[Row]:
        """Carry out a statement, and return its rows as they are stored."""
        return await asyncio.to_thread(self._fetch, statement.replace("$", "?"), values)

    def _fetch(self, statement: str, values: Row) -> list[Row]:
        return self._connection.execute(statement, values).fetchall()

    async def rows(self, table: CopiedTable, after: Row | None) -> AsyncIterator[list[Row]]:
        """Yield rows by the table's keys, from behind ``after`` on."""
        places = ", ".join("?" * len(table.keys))
        behind = f"WHERE ({table.order}) > ({places})" if after else ""
        statement = f"SELECT {table.listed} FROM {table.name} {behind} ORDER BY {table.order}"  # noqa: S608 -- of the schema
        cursor = await asyncio.to_thread(self._connection.execute, statement, after or ())
        while rows := await asyncio.to_thread(_read, cursor, table):
            yield rows

    async def add(self, table: CopiedTable, rows: Sequence[Row]) -> None:
        """Store rows in the transaction that is open."""
        places = ", ".join("?" * len(table.columns))
        statement = f"INSERT INTO {table.name} ({table.listed}) VALUES ({places})"  # noqa: S608 -- of the schema
        stored = _converted(rows, table, WRITTEN)
        await asyncio.to_thread(self._connection.executemany, statement, stored)

    @asynccontextmanager
    async def change(self) -> AsyncIterator[None]:
        """Commit what follows, or roll all of it back."""
        await self.fetch("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        await self.fetch("COMMIT")

    async def count_on(self, tables: Sequence[CopiedTable]) -> None:
        """Do nothing: SQLite goes on from a table's highest number by itself."""

    async def close(self) -> None:
        """Give the lock back."""
        self._connection.close()


def _read(cursor: sqlite3.Cursor, table: CopiedTable) -> list[Row]:
    return _converted(cursor.fetchmany(AT_ONCE), table, READ)


def _converted(rows: Sequence[Row], table: CopiedTable, kinds: Converters) -> list[Row]:
    """Convert the columns that SQLite keeps as something else; a column at a time is quick."""
    if not rows:
        return []
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for index, kind in table.kinds.items():
        if convert := kinds.get(kind):
            values = columns[index]
            columns[index] = [None if value is None else convert(value) for value in values]
    return list(zip(*columns, strict=True))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _written(moment: datetime) -> str:
    """Write a moment as SQLAlchemy does, so that it sorts beside the service's own."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _json(value: str | float) -> str:
    """Return JSON as text: a document that is only a number, SQLite keeps as that."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


READ: Converters = {"flag": bool, "instant": _instant, "day": date.fromisoformat, "json": _json}
WRITTEN: Converters = {"flag": int, "instant": _written, "day": date.isoformat}
