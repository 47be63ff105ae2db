"""The tables of a store as they are copied: their columns, keys and kinds of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import msgspec
from sqlalchemy import JSON, Boolean, Date, DateTime, Integer, MetaData

from lifecycle.database.failures import reached
from lifecycle.database.store import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy import Connection, Table

Row: TypeAlias = tuple[Any, ...]
REVISION = "alembic_version"
"""The table in which Alembic notes how far a store is; no contents of it."""
PROGRESS = "copy_in_progress"
"""The table that a copy keeps in its target until it is complete."""
KINDS = {Boolean: "flag", DateTime: "instant", Date: "day", JSON: "json"}


class CopiedTable(msgspec.Struct, frozen=True):
    """A table: its columns in order, and by its place the kind of each that differs in SQLite."""

    name: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    kinds: dict[int, str]
    counted: bool
    """Whether PostgreSQL numbers its rows."""

    @property
    def listed(self) -> str:
        """The columns as a statement lists them."""
        return ", ".join(f'"{column}"' for column in self.columns)

    @property
    def order(self) -> str:
        """The keys as a statement lists them."""
        return ", ".join(f'"{key}"' for key in self.keys)

    def key_of(self, row: Row) -> Row:
        """Return where a row stands in the table's order."""
        return tuple(row[self.columns.index(key)] for key in self.keys)


class CopyEnd(Protocol):
    """One end of a copy. Statements name their parameters ``$1``, ``$2`` on either kind of store.

    Rows are the same on both: instants are in UTC, and JSON is text.
    """

    async def hold(self, tables: Sequence[CopiedTable]) -> None:
        """Refuse a store that somebody else uses, and keep others from writing to it."""
        ...

    async def fetch(self, statement: str, *values: Any) -> list[Row]:
        """Carry out a statement, and return its rows as they are stored."""
        ...

    def rows(self, table: CopiedTable, after: Row | None) -> AsyncIterator[list[Row]]:
        """Yield a table's rows by its keys, some at a time, from behind ``after`` on."""
        ...

    async def add(self, table: CopiedTable, rows: Sequence[Row]) -> None:
        """Store rows that are not there yet."""
        ...

    def change(self) -> AbstractAsyncContextManager[None]:
        """Let all that follows happen together or not at all."""
        ...

    async def count_on(self, tables: Sequence[CopiedTable]) -> None:
        """Let new rows be numbered from behind those that are there."""
        ...

    async def close(self) -> None:
        """Let go of the store."""
        ...


async def read_tables(address: str) -> list[CopiedTable]:
    """Return the tables of a store, each after those that its rows refer to."""
    store = open_store(address)
    try:
        with reached():
            async with store.engines[0].begin() as connection:
                return await connection.run_sync(reflect_tables)
    finally:
        await store.close()


def reflect_tables(connection: Connection) -> list[CopiedTable]:
    """Return the tables behind a connection, each after those that its rows refer to."""
    metadata = MetaData()
    metadata.reflect(connection)
    passed_over = {REVISION, PROGRESS}
    return [_copied(table) for table in metadata.sorted_tables if table.name not in passed_over]


def _copied(table: Table) -> CopiedTable:
    columns = tuple(str(column.name) for column in table.columns)
    kinds = {
        index: kind
        for index, column in enumerate(table.columns)
        for type_, kind in KINDS.items()
        if isinstance(column.type, type_)
    }
    keys = tuple(str(column.name) for column in table.primary_key)
    counted = keys == ("id",) and isinstance(table.c.id.type, Integer)
    return CopiedTable(str(table.name), columns, keys, kinds, counted)
