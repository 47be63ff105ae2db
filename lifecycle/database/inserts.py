from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy import Insert
    from sqlalchemy.ext.asyncio import AsyncSession


def insert_missing(session: AsyncSession, table: Any, names: list[str], rows: Any) -> Insert:
    """Insert what a SELECT gives, but for the rows whose keys are there already.

    The SELECT needs a WHERE: SQLite would take ON CONFLICT for a join's ON.
    """
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table).from_select(names, rows).on_conflict_do_nothing()
    return postgresql.insert(table).from_select(names, rows).on_conflict_do_nothing()
