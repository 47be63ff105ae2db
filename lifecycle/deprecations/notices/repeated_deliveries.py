"""Sending a delivery again: only where its notice would still go out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.deprecations.notices import addressees
from lifecycle.deprecations.notices.content import Common
from lifecycle.deprecations.notices.renderings import why_not_sent
from notifications import replays
from notifications.errors import ChangeRefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from notifications.events import Record
    from notifications.models import Delivery, Subscription


async def resend(
    session: AsyncSession, delivery_id: int, *, now: datetime, record: Record
) -> Delivery:
    """Send a delivery again, under the id it had; refused where its notice is no longer sent."""
    delivery = await replays.replay(session, delivery_id, now=now, record=record)
    await _check(session, delivery, now)
    return delivery


async def resend_own(
    session: AsyncSession,
    subscription: Subscription,
    delivery_id: int,
    *,
    now: datetime,
    record: Record,
) -> None:
    """Send a notice to an address of one's own again, as ``replays.replay_own`` does."""
    delivery = await replays.replay_own(session, subscription, delivery_id, now=now, record=record)
    await _check(session, delivery, now)


async def why_not_again(session: AsyncSession, delivery: Delivery, now: datetime) -> str | None:
    """Say why the notice of a delivery is no longer sent, if it is not."""
    if delivery.notice_id is None:
        return None
    owners = {delivery.owner}
    facts = await addressees.load(session, {delivery.notice_id}, owners, now, Common(""))
    standing = facts.standing.get(delivery.notice_id)
    if standing is None:
        return "the notice no longer exists"
    return why_not_sent(standing, facts.addressee_of(standing, delivery.owner))


async def _check(session: AsyncSession, delivery: Delivery, now: datetime) -> None:
    """Refuse what the worker would only cancel; the caller's transaction undoes the rest."""
    if reason := await why_not_again(session, delivery, now):
        raise ChangeRefusedError(f"It is not sent again: {reason}")
