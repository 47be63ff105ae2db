"""A PostgreSQL database as one end of a copy: its own COPY takes the rows."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from lifecycle.database.postgresql import Driver, Servers
from lifecycle.errors import BadRequest, Conflict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from sqlalchemy import URL

    from lifecycle.database.store_copies.copied_tables import CopiedTable, Row

AT_ONCE = 2_000
LOOKS = 10
LOOK_EVERY = 0.3
"""Seconds; what was just stopped leaves its connections a moment later."""
WRITERS_END_WITHIN = "5s"
OTHERS = """
SELECT pid, application_name FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
AND application_name LIKE 'lifecycle%' ORDER BY pid
"""


class PostgreSQLEnd:
    """One connection, with no statement that outlives its transaction."""

    def __init__(self, connection: Driver) -> None:
        self._connection = connection
        self._held: Any = None

    @classmethod
    async def connected(cls, url: URL) -> PostgreSQLEnd:
        """Connect to a server that accepts changes."""
        connection, _pooled = await Servers(url).connect()
        return cls(connection)

    async def hold(self, tables: Sequence[CopiedTable]) -> None:
        """Refuse a database that processes of the service use; with ``tables``, lock these."""
        for _ in range(LOOKS):
            if not (connections := await self.fetch(OTHERS)):
                break
            await asyncio.sleep(LOOK_EVERY)
        else:
            processes = ", ".join(str(pid) for pid, _name in connections)
            raise Conflict(
                "The PostgreSQL store is in use; stop the service and its workers first "
                f"(connections of processes {processes} in pg_stat_activity)."
            )
        if not tables:
            return
        self._held = self._connection.transaction()
        await self._held.start()
        names = ", ".join(table.name for table in tables)
        try:
            await self._connection.execute(f"SET LOCAL lock_timeout = '{WRITERS_END_WITHIN}'")
            await self._connection.execute(f"LOCK TABLE {names} IN SHARE MODE")
        except asyncpg.LockNotAvailableError as error:
            raise Conflict(
                "Somebody is writing to the PostgreSQL store; stop the service and its workers "
                "first."
            ) from error

    async def fetch(self, statement: str, *values: Any) -> list[Row]:
        """Carry out a statement, and return its rows."""
        return [tuple(row) for row in await self._connection.fetch(statement, *values)]

    async def rows(self, table: CopiedTable, after: Row | None) -> AsyncIterator[list[Row]]:
        """Yield rows by the table's keys, from behind ``after`` on."""
        places = ", ".join(f"${number + 1}" for number in range(len(table.keys)))
        behind = f"WHERE ({table.order}) > ({places})" if after else ""
        statement = f"SELECT {table.listed} FROM {table.name} {behind} ORDER BY {table.order}"  # noqa: S608 -- of the schema
        async with self._connection.transaction():
            cursor = await self._connection.cursor(statement, *(after or ()))
            while rows := await cursor.fetch(AT_ONCE):
                yield [tuple(row) for row in rows]

    async def add(self, table: CopiedTable, rows: Sequence[Row]) -> None:
        """Store rows by COPY, in the transaction that is open."""
        try:
            await self._connection.copy_records_to_table(
                table.name, records=rows, columns=table.columns
            )
        except asyncpg.DataError as error:
            first, last = table.key_of(rows[0]), table.key_of(rows[-1])
            raise BadRequest(
                f"PostgreSQL cannot keep a row of {table.name} between {first} and {last}: {error}."
            ) from error

    @asynccontextmanager
    async def change(self) -> AsyncIterator[None]:
        """Commit what follows, or roll all of it back."""
        async with self._connection.transaction():
            yield

    async def count_on(self, tables: Sequence[CopiedTable]) -> None:
        """Let new rows be numbered from behind those that are there."""
        for table in tables:
            if table.counted:
                await self._connection.execute(
                    "SELECT setval(pg_get_serial_sequence($1, 'id'), "  # noqa: S608 -- of the schema
                    f"coalesce(max(id), 1), max(id) IS NOT NULL) FROM {table.name}",
                    table.name,
                )

    async def close(self) -> None:
        """End the connection, and with it every lock."""
        self._connection.terminate()
