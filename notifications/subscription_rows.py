"""What a row of a subscription holds, be it made alone or with many others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notifications.channels import find_channel, hides_address
from notifications.errors import UnusableAddressError
from notifications.events import Event
from notifications.identity import digest, subscription_uid
from notifications.models import SubscriptionState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from notifications.events import Record, Vault
    from notifications.models import Subscription

GONE = (SubscriptionState.UNSUBSCRIBED, SubscriptionState.REMOVED)


def new_values(
    owner: str, channel: str, address: str, vault: Vault | None, *, now: datetime
) -> dict[str, Any]:
    """Return the columns of a new subscription to a normal address, but for its state."""
    hidden = hides_address(channel)
    if hidden and vault is None:
        message = f"A {channel} address is kept encrypted only, and no key was given"
        raise UnusableAddressError(message)
    address_digest = digest(address)
    return {
        "uid": subscription_uid(owner, channel, address_digest),
        "owner": owner,
        "channel": channel,
        "address": vault.encrypt(address) if vault and hidden else address,
        "address_digest": address_digest,
        "target": find_channel(channel).target_of(address),
        "created_at": now,
    }


def details_of(uid: str, channel: str, address_digest: str) -> dict[str, object]:
    """Return what evidence says of a subscription."""
    return {"subscription": uid, "channel": channel, "address_sha256": address_digest}


def subscription_details(subscription: Subscription) -> dict[str, object]:
    """Return what evidence says of a subscription that is loaded."""
    return details_of(subscription.uid, subscription.channel, subscription.address_digest)


async def record_change(
    session: AsyncSession,
    subscription: Subscription,
    change: str,
    record: Record,
    **details: object,
) -> None:
    """Note a change of a subscription, under a new revision."""
    subscription.revision += 1
    await session.flush()
    noted = subscription_details(subscription) | details
    await record(session, Event(subscription.owner, f"subscription.{change}", noted))
