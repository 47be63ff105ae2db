"""Sending a delivery again: only where its notice would still go out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lifecycle.deprecations.notices.standing_notices import load_standings
from lifecycle.errors import BadRequest, Problem
from notifications import replays
from notifications.errors import ChangeRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from notifications.events import Record
    from notifications.models import Delivery, Subscription

AT_ONCE: Final = 500
"""So many deliveries are looked at by one statement."""


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


async def resend_since(
    session: AsyncSession,
    subscription: Subscription,
    *,
    since: datetime,
    now: datetime,
    record: Record,
) -> int:
    """Send again what went to an address since an instant and is still sent; give how many.

    An instant that lies ahead is refused: nothing went there since.
    """
    if since > now:
        message = "lies in the future, and nothing was sent since"
        allowed = f"up to {now:%Y-%m-%dT%H:%M:%SZ}"
        problem = Problem("since", message, value=since.isoformat(), allowed=allowed)
        raise BadRequest(f"since {since.isoformat()} {message}.", problems=[problem])
    deliveries = await replays.sent_since(session, subscription, since=since, now=now)
    over = await whys_not_sent(session, deliveries, now)
    again = [delivery for delivery in deliveries if delivery.id not in over]
    await replays.replay_all(session, subscription, again, since=since, now=now, record=record)
    return len(again)


async def why_not_again(session: AsyncSession, delivery: Delivery, now: datetime) -> str | None:
    """Say why a delivery is not sent again, if it is not: for its address, or for its notice."""
    of_notice = await whys_not_sent(session, [delivery], now)
    return of_notice.get(delivery.id) or await replays.why_not(session, delivery)


async def whys_not_sent(
    session: AsyncSession, deliveries: Sequence[Delivery], now: datetime
) -> dict[int, str]:
    """Say of those deliveries whose notices are no longer sent why that is, by their numbers."""
    reasons: dict[int, str] = {}
    for begin in range(0, len(deliveries), AT_ONCE):
        batch = [row for row in deliveries[begin : begin + AT_ONCE] if row.notice_id is not None]
        notices, owners = {row.notice_id for row in batch}, {row.owner for row in batch}
        standings = await load_standings(session, notices, owners, now)
        for delivery in batch:
            if reason := standings.why_not_sent(delivery.notice_id, delivery.owner):
                reasons[delivery.id] = reason
    return reasons


async def _check(session: AsyncSession, delivery: Delivery, now: datetime) -> None:
    """Refuse what the worker would only cancel; the caller's transaction undoes the rest."""
    if reason := (await whys_not_sent(session, [delivery], now)).get(delivery.id):
        raise ChangeRefusedError(f"It is not sent again: {reason}")
