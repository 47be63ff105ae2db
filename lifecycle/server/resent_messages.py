"""Sending messages again because somebody asked: not where it is certain that none goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.deprecations.evidence import deliveries
from lifecycle.deprecations.notices import repeated_deliveries
from lifecycle.errors import Conflict
from lifecycle.scheduler.channel_setup import sends_no_mail
from notifications.models import Subscription

if TYPE_CHECKING:
    from datetime import datetime

    from lifecycle.server.dependencies import Change
    from notifications.models import Delivery


class NoMailServer(Conflict):
    """No e-mail can be sent: the service has no mail server."""


def check_channel(change: Change, row: Subscription) -> None:
    """Refuse to send something by e-mail where that is not set up.

    Not of a command on the store: another process delivers, by settings of its own.
    """
    asks_a_service = change.app_state.at_hand is None
    if row.channel == "email" and asks_a_service and sends_no_mail(change.app_state.settings):
        raise NoMailServer(
            "E-mail is not set up at this service, so nothing can be sent to this address;"
            " add a webhook, or ask the operator to set up a mail server."
        )


async def resend(change: Change, delivery_id: int) -> Delivery:
    """Send a delivery again, under the id it had; not where its notice is no longer sent."""
    delivery = await deliveries.get(change.session, delivery_id, products=change.products)
    check_channel(change, await change.session.get_one(Subscription, delivery.subscription_id))
    return await repeated_deliveries.resend(
        change.session, delivery_id, now=change.now, record=change.record
    )


async def resend_own(change: Change, row: Subscription, delivery_id: int) -> None:
    """Send one notice to an address that is locked again."""
    check_channel(change, row)
    await repeated_deliveries.resend_own(
        change.session, row, delivery_id, now=change.now, record=change.record
    )


async def resend_since(change: Change, row: Subscription, since: datetime) -> int:
    """Send again what went to an address that is locked since an instant; return how many."""
    check_channel(change, row)
    return await repeated_deliveries.resend_since(
        change.session, row, since=since, now=change.now, record=change.record
    )
