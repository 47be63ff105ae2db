"""What of a subscription is kept encrypted: a secret it signs with, or a secret address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, case, or_, select

from notifications.channels import CHANNELS
from notifications.models import Subscription, SubscriptionState
from notifications.secrets import WrongKeyError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from notifications.events import Vault
    from notifications.secrets import Vault as ResealingVault

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


class Resealed(NamedTuple):
    """What was sealed anew of some subscriptions, and the last of them; None where none follow."""

    last: int | None
    resealed: int
    lost: list[str]


async def reseal(
    session: AsyncSession, vault: ResealingVault, *, after: int, limit: int
) -> Resealed:
    """Seal anew, with a vault's newest key, the secrets and addresses of some subscriptions.

    What no key opens is named, unless its address is no longer used.
    """
    hides = Subscription.channel.in_(_hidden())
    is_sealed = or_(
        Subscription.secret.is_not(None), Subscription.former_secret.is_not(None), hides
    )
    statement = select(Subscription).where(Subscription.id > after, is_sealed)
    statement = statement.order_by(Subscription.id).limit(limit).with_for_update()
    rows = (await session.scalars(statement)).all()
    count, unopened = 0, []
    for row in rows:
        names = ["secret", "former_secret", *(["address"] if row.channel in _hidden() else [])]
        for name in names:
            try:
                sealed = vault.reseal(token) if (token := getattr(row, name)) else None
            except WrongKeyError:
                if row.state in USED:
                    unopened.append(f"the {name.replace('_', ' ')} of subscription {row.uid}")
                continue
            if sealed:
                setattr(row, name, sealed)
                count += 1
    await session.flush()
    return Resealed(rows[-1].id if len(rows) == limit else None, count, unopened)


def opens(vault: Vault, sealed: str | None) -> bool:
    """Return whether there is something encrypted, and with a key that is still known."""
    try:
        return sealed is not None and bool(vault.decrypt(sealed))
    except WrongKeyError:
        return False


def _sealed() -> ColumnElement[Any]:
    hides = Subscription.channel.in_(_hidden())
    return case((hides, Subscription.address), else_=Subscription.secret)


def _hidden() -> list[str]:
    return [channel.name for channel in CHANNELS.values() if channel.hides_address]
