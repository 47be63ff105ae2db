"""Messages that are sent because somebody asked: tests, and whether an e-mail address is right."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from lifecycle.deprecations.evidence import deliveries
from notifications import message_caps, outbox
from notifications.models import DeliveryKind, SubscriptionState

if TYPE_CHECKING:
    from lifecycle.server.dependencies import Change
    from notifications.models import Delivery, Subscription

ASKED_ANEW_AFTER = timedelta(minutes=5)


async def ask_for_confirmation(change: Change, subscription: Subscription) -> None:
    """Ask whether a new e-mail address is right, unless that was asked just now.

    The caller has locked the account.
    """
    if subscription.state != SubscriptionState.PENDING:
        return
    since = change.now - ASKED_ANEW_AFTER
    kind = DeliveryKind.CONFIRMATION
    if not await deliveries.made_since(change.session, subscription.id, kind, since=since):
        await enqueue(change, subscription, kind)


async def enqueue(change: Change, subscription: Subscription, kind: DeliveryKind) -> Delivery:
    """Queue a message where its account has room for one more; the caller has locked it."""
    await message_caps.check_room(change.session, subscription, kind, now=change.now)
    return await outbox.enqueue_one(
        change.session, subscription, kind, details=None, now=change.now
    )
