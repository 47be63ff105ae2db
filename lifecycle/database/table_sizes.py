"""What fills a store: the rows, the bytes and the oldest row of each table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from lifecycle.database.store_copies.copied_tables import CopiedTable, reflect_tables

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

MADE_AT = ("created_at", "at", "asked_at", "registered_at", "requested_at", "used_at", "since")
"""The columns that state when a row was made; no table has two of them."""
_BYTES = {
    "sqlite": """
SELECT tbl_name, sum(pgsize) FROM dbstat('main', 1)
JOIN (SELECT name, tbl_name FROM sqlite_master) USING (name) GROUP BY tbl_name
""",
    "postgresql": """
SELECT relname, pg_total_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = to_regnamespace(current_schema())
""",
}
_WHOLE = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    "postgresql": "SELECT pg_database_size(current_database())",
}
_FREE = "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size"


class TableSize(msgspec.Struct, frozen=True):
    """A table with its indexes; ``bytes`` is nothing where SQLite was built without ``dbstat``."""

    table: str
    rows: int
    bytes: int | None
    share: float | None
    oldest: datetime | None


class StoreSize(msgspec.Struct, frozen=True):
    """A store, the largest tables first; what is ``free`` SQLite fills before its file grows."""

    bytes: int
    free: int | None
    tables: tuple[TableSize, ...]


async def measure_store(session: AsyncSession) -> StoreSize:
    """Count the rows of every table, and what room they take."""
    connection = await session.connection()
    dialect = connection.dialect.name
    tables = await connection.run_sync(reflect_tables)
    size_in_all = await session.scalar(text(_WHOLE[dialect]))
    free = await session.scalar(text(_FREE)) if dialect == "sqlite" else None
    bytes_by_table = await _bytes_by_table(session, dialect)
    total = sum(bytes_by_table.values())
    sizes = [
        await _measure(session, table, bytes_by_table.get(table.name), total) for table in tables
    ]
    sizes.sort(key=lambda size: (-(size.bytes or 0), -size.rows, size.table))
    return StoreSize(size_in_all or 0, free, tuple(sizes))


async def _bytes_by_table(session: AsyncSession, dialect: str) -> dict[str, int]:
    try:
        rows = (await session.execute(text(_BYTES[dialect]))).all()
    except OperationalError:
        if dialect != "sqlite":
            raise
        return {}
    return {str(table): int(size) for table, size in rows}


async def _measure(
    session: AsyncSession, table: CopiedTable, size: int | None, total: int
) -> TableSize:
    made_at = next((column for column in MADE_AT if column in table.columns), None)
    oldest = f'min("{made_at}")' if made_at else "NULL"
    statement = text(f"SELECT count(*), {oldest} FROM {table.name}")  # noqa: S608 -- of the schema
    rows, moment = (await session.execute(statement)).one()
    if isinstance(moment, str):  # as SQLite keeps it
        moment = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    share = None if size is None or not total else round(size / total, 4)
    return TableSize(table.name, rows, size, share, moment)
