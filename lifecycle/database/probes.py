"""What is stored to find out whether anything can be: a full disk can be read all the same."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlalchemy.orm import Mapped, mapped_column

from lifecycle.database.base import Base, Id

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


class Probe(Base):
    """When a process last stored something just to see that it can; there is one row for all."""

    __tablename__ = "store_probes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    written_at: Mapped[datetime]
    filler: Mapped[str]


async def write_probe(session: AsyncSession, now: datetime, filler: str) -> None:
    """Change the row."""
    await session.execute(update(Probe).values(written_at=now, filler=filler))
