"""What of a subscription is kept encrypted: a secret it signs with, or a secret address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, case, select

from notifications.channels import CHANNELS
from notifications.models import Subscription, SubscriptionState
from notifications.secrets import WrongKeyError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from notifications.events import Vault

USED = (
    SubscriptionState.PENDING,
    SubscriptionState.ACTIVE,
    SubscriptionState.DISABLED,
    SubscriptionState.PAUSED,
)


async def sealed_samples(session: AsyncSession) -> list[str]:
    """Return the oldest and the newest of what is encrypted and may still be used, if any is."""
    sealed = _sealed()
    used = select(sealed).where(Subscription.state.in_(USED), sealed.is_not(None))
    oldest = await session.scalar(used.order_by(Subscription.id).limit(1))
    if oldest is None:
        return []
    newest = await session.scalar(used.order_by(Subscription.id.desc()).limit(1))
    return [oldest, newest]


def opens(vault: Vault, sealed: str | None) -> bool:
    """Return whether there is something encrypted, and with a key that is still known."""
    try:
        return sealed is not None and bool(vault.decrypt(sealed))
    except WrongKeyError:
        return False


def _sealed() -> ColumnElement[Any]:
    hidden = [channel.name for channel in CHANNELS.values() if channel.hides_address]
    return case((Subscription.channel.in_(hidden), Subscription.address), else_=Subscription.secret)
