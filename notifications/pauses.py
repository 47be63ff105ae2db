"""Addresses that rest because their owner wants it: what would go there is held meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notifications import replays
from notifications.errors import ChangeRefusedError
from notifications.models import SubscriptionState
from notifications.subscription_rows import record_change

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from notifications.events import Record
    from notifications.models import Subscription


async def pause(
    session: AsyncSession, subscription: Subscription, *, now: datetime, record: Record
) -> None:
    """Hold what would be delivered there until it is resumed; the caller has locked it."""
    if subscription.state == SubscriptionState.PAUSED:
        return
    if subscription.state != SubscriptionState.ACTIVE:
        raise ChangeRefusedError(f"A subscription that is {subscription.state} cannot be paused")
    subscription.state = SubscriptionState.PAUSED
    subscription.paused_at = now
    await record_change(session, subscription, "paused", record)
    await replays.hold(session, [subscription.id], now=now)


async def resume(
    session: AsyncSession, subscription: Subscription, *, now: datetime, record: Record
) -> None:
    """Deliver there again, starting with one catch-up for each thread that was held."""
    if subscription.state == SubscriptionState.ACTIVE:
        return
    if subscription.state != SubscriptionState.PAUSED:
        way_out = "; enable it" if subscription.state == SubscriptionState.DISABLED else ""
        raise ChangeRefusedError(
            f"A subscription that is {subscription.state} cannot be resumed{way_out}"
        )
    subscription.state = SubscriptionState.ACTIVE
    subscription.paused_at = None
    await record_change(session, subscription, "resumed", record)
    await replays.resume(session, subscription.id, now=now)
