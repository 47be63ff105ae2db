"""Job locks: what happens by itself is done by one worker at a time, and once for a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import literal, select

from lifecycle.database.inserts import insert_from
from lifecycle.scheduler.models import Mark

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


async def claim(session: AsyncSession, name: str) -> Mark | None:
    """Hold a mark until the transaction ends; None while another worker holds it."""
    statement = select(Mark).where(Mark.name == name)
    if await session.scalar(select(Mark.name).where(Mark.name == name)) is None:
        row = select(literal(name), literal(0)).where(literal(1) == 1)
        dialect = session.get_bind().dialect.name
        await session.execute(insert_from(dialect, Mark.__table__, ["name", "seq"], row))
    return await session.scalar(
        statement.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    )
