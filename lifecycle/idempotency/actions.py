from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from lifecycle.errors import Unprocessable
from lifecycle.idempotency.keyed_requests import Answer, InFlight, Request, without_secrets
from lifecycle.idempotency.models import IdempotencyKey

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

KEPT = timedelta(hours=24)
SUCCESS = range(200, 300)


class KeyReused(Unprocessable):
    """The Idempotency-Key was used with another body or other parameters; use a new one."""


async def recall(
    session: AsyncSession,
    request: Request,
    body: bytes,
    *,
    now: datetime,
    kept_for: timedelta = KEPT,
    patient: bool = False,
) -> Answer | None:
    """Return the answer this request got before, if it is a repeat within 24 hours or more.

    On PostgreSQL the key is held until the transaction ends; SQLite writes one after another. A
    request that is in progress elsewhere is a conflict; who is ``patient`` waits for its answer.
    """
    if session.get_bind().dialect.name == "postgresql":
        if patient:
            await session.execute(select(func.pg_advisory_xact_lock(request.number)))
        elif not await session.scalar(select(func.pg_try_advisory_xact_lock(request.number))):
            raise InFlight
    stored = await session.get(IdempotencyKey, request.id)
    if stored is None:
        return None
    if stored.created_at <= now - kept_for:
        await session.delete(stored)
        await session.flush()
        return None
    if stored.digest != hashlib.sha256(body).hexdigest():
        raise KeyReused
    return Answer(stored.status, stored.body, stored.headers, stored.redacted)


async def remember(
    session: AsyncSession, request: Request, body: bytes, answer: Answer, *, now: datetime
) -> None:
    """Keep a successful answer, in the transaction of the change, without secrets."""
    if answer.status not in SUCCESS:
        return
    without_secret = without_secrets(answer.body)
    session.add(
        IdempotencyKey(
            id=request.id,
            digest=hashlib.sha256(body).hexdigest(),
            status=answer.status,
            headers=answer.headers,
            body=without_secret,
            redacted=without_secret != answer.body,
            created_at=now,
        )
    )
    await session.flush()


async def prune(session: AsyncSession, *, now: datetime, kept_for: timedelta = KEPT) -> None:
    """Forget the answers that are older than 24 hours, or what is set instead."""
    old = IdempotencyKey.created_at <= now - kept_for
    await session.execute(delete(IdempotencyKey).where(old))
