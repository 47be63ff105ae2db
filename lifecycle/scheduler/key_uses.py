"""Which secret keys running processes know, so that none is left with an older one alone."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, select

from lifecycle.scheduler.job_locks import claim
from lifecycle.scheduler.models import Mark

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.database.store import Store

PREFIX: Final = "key:"
SILENT_AFTER: Final = 45.0
"""Seconds after which a process that gave no sign of life is not taken to run any more."""


def mark_of(keys: str) -> str:
    r"""Name the newest of some keys, a line each, so that nobody can tell the key from it.

    >>> mark_of("a newer key\nan older key") == mark_of("a newer key")
    True
    >>> mark_of("a newer key") == mark_of("an older key")
    False
    """
    newest = keys.strip().splitlines()[0].strip()
    return PREFIX + hashlib.sha256(f"lifecycle key use\n{newest}".encode()).hexdigest()[:16]


async def note_key_use(store: Store, mark: str, now: datetime) -> None:
    """Note that a process runs whose newest key is the one of this mark."""
    async with store.writing() as session:
        if row := await claim(session, mark):
            row.seq = int(now.timestamp())


async def forget_key_use(store: Store, mark: str) -> None:
    """Note that a process has ended; others with the same key soon say that they run."""
    async with store.writing() as session:
        await session.execute(delete(Mark).where(Mark.name == mark))


async def seconds_since_other_use(session: AsyncSession, mark: str, now: datetime) -> float | None:
    """Return how long ago a process with another newest key gave a sign of life.

    None where none did lately: as far as can be known, all that run know the key of this mark.
    """
    is_other = Mark.name.startswith(PREFIX, autoescape=True) & (Mark.name != mark)
    last_sign = await session.scalar(select(func.max(Mark.seq)).where(is_other))
    if last_sign is None:
        return None
    seconds = max(now.timestamp() - last_sign, 0.0)
    return seconds if seconds <= SILENT_AFTER else None
