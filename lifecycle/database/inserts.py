from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Insert
    from sqlalchemy.ext.asyncio import AsyncSession


def insert_from(
    dialect: str, table: Any, names: list[str], rows: Any, *, missing: bool = True
) -> Insert:
    """Insert what a SELECT gives; only what is ``missing``, but for keys that are there already.

    The SELECT needs a WHERE: SQLite would take ON CONFLICT for a join's ON.
    """
    statement = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    insert = statement.from_select(names, rows)
    return insert.on_conflict_do_nothing() if missing else insert


async def insert_new(
    session: AsyncSession, insert: Callable[..., Insert], values: Mapping[str, Any]
) -> None:
    """Insert rows whose keys are hardly there already; those that are stay.

    ``insert`` gives the statement, all of it or only what is ``missing``. PostgreSQL needs a sixth
    less time for a row that need not be looked for and confirmed.
    """
    if session.get_bind().dialect.name == "postgresql":
        try:
            async with session.begin_nested():
                await session.execute(insert(missing=False), values)
        except IntegrityError:
            pass  # somebody else has made one of them
        else:
            return
    await session.execute(insert(missing=True), values)
