"""Work items: what the schedule found that needs a person, until it is seen to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from sqlalchemy import delete, select

from lifecycle.audit.actions import append
from lifecycle.scheduler.models import Concern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By

REFUSED = "refused_announcement"
CAUSE_GONE = "cause_gone"
SLIPPED = "cause_slipped"
NOT_MET = "not_in_force"
UNTOLD = "untold_account"
FAILED = "failed_check"

log = structlog.get_logger(__name__)


async def note(
    session: AsyncSession, kind: str, subject: str, message: str, *, product: str, by: By
) -> bool:
    """Put something on the work list, or say it in new words; whether that is new."""
    statement = select(Concern).where(Concern.kind == kind, Concern.subject == subject)
    item = await session.scalar(statement)
    if item is not None and item.message == message:
        return False
    if item is None:
        session.add(
            Concern(kind=kind, subject=subject, product=product, since=by.at, message=message)
        )
    else:
        item.message = message
    append(session, by, "worklist.noted", subject, product=product, details={"kind": kind})
    log.warning("work for a person", kind=kind, product=product, reason=message)
    return item is None


async def settle(session: AsyncSession, kind: str, subjects: Iterable[str]) -> None:
    """Take what no longer holds off the work list."""
    names = list(subjects)
    if names:
        await session.execute(
            delete(Concern).where(Concern.kind == kind, Concern.subject.in_(names))
        )


async def noted(session: AsyncSession, kind: str, product: str) -> dict[str, str]:
    """Return the messages of a kind that stand for a product, by their subjects."""
    statement = select(Concern.subject, Concern.message).where(
        Concern.kind == kind, Concern.product == product
    )
    return {row.subject: row.message for row in await session.execute(statement)}
