"""A notice is queued to those of its recipients that are told of its milestone."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from lifecycle.audit.actions import append
from lifecycle.deprecations.audience.moves import digest
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.states import NoticeState
from notifications import outbox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.deprecations.models import Deprecation, Notice


async def deliver(
    session: AsyncSession,
    deprecation: Deprecation,
    notice: Notice,
    audience: Select[Any],
    *,
    product: str,
    by: By,
    values: Mapping[str, Any],
) -> None:
    """Queue a notice to some owners, take back what it supersedes, and note that in the log.

    The ``values`` are those of the audience's parameters.
    To those who have it already it is not queued again; where all have it, nothing is noted.
    """
    owners = await _listed(session, audience, values)
    if not owners:
        return
    thread, topic = deprecation.id, f"product:{product}"
    new = notice.state == NoticeState.FILLING
    counts = await outbox.enqueue(
        session,
        audience,
        notice_id=notice.id,
        thread=thread,
        topic=topic,
        now=by.at,
        new=new,
        values=values,
    )
    if notice.state == NoticeState.FILLED and not counts.waiting + counts.held:
        return
    superseded = 0
    if notice.milestone != Milestone.ANNOUNCEMENT:
        superseded = await outbox.supersede(
            session, thread, notice.id, audience=audience, values=values
        )
    details = {
        "notice": notice.uid,
        "milestone": notice.milestone,
        "accounts": len(owners),
        "waiting": counts.waiting,
        "held": counts.held,
        "superseded": superseded,
        "accounts_sha256": digest(owners),
    }
    append(session, by, "notice.filled", deprecation.uid, product=product, details=details)


async def _listed(
    session: AsyncSession, audience: Select[Any], values: Mapping[str, Any]
) -> list[str]:
    text: str | None = await session.scalar(_listing(audience), values)
    return text.split("\n") if text else []


@lru_cache(maxsize=64)
def _listing(audience: Select[Any]) -> Select[str]:
    """Select the owners in an audience as one text, which travels much faster than rows do."""
    return select(func.aggregate_strings(audience.subquery().c.owner, "\n"))
