"""Addresses that rest: their owner paused them, or nothing got there. What would go is held.

Both go on alike, with a catch-up.
"""

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

WAY_OUT: dict[str, str] = {SubscriptionState.PAUSED: "resume", SubscriptionState.DISABLED: "enable"}


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
    """Deliver where it was paused, starting with one catch-up for each thread that was held."""
    await _go_on(session, subscription, SubscriptionState.PAUSED, now=now, record=record)


async def enable(
    session: AsyncSession, subscription: Subscription, *, now: datetime, record: Record
) -> None:
    """Deliver where it was disabled, starting with one catch-up for each thread that was held."""
    await _go_on(session, subscription, SubscriptionState.DISABLED, now=now, record=record)


async def _go_on(
    session: AsyncSession,
    subscription: Subscription,
    rested: SubscriptionState,
    *,
    now: datetime,
    record: Record,
) -> None:
    """End one kind of rest, and with it what is known of failures: they count anew from here."""
    if subscription.state == SubscriptionState.ACTIVE:
        return
    if subscription.state != rested:
        way_out = f"; {WAY_OUT[subscription.state]} it" if subscription.state in WAY_OUT else ""
        raise ChangeRefusedError(
            f"A subscription that is {subscription.state} cannot be {WAY_OUT[rested]}d{way_out}"
        )
    subscription.state = SubscriptionState.ACTIVE
    subscription.paused_at = subscription.failing_since = None
    subscription.disabled_at = subscription.disabled_reason = None
    await record_change(session, subscription, f"{WAY_OUT[rested]}d", record)
    await replays.resume(session, subscription.id, now=now)
