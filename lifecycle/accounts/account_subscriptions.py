"""Where accounts want their notices, as it is asked for and shown."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import func, select

from lifecycle.accounts.limited_views import topics_of
from notifications import subscriptions
from notifications.channels import ChannelName, shown_address
from notifications.errors import UnknownSubscriptionError
from notifications.models import Attempt, Delivery

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.models import Account
    from notifications.models import Subscription


PRODUCT = "product:"

AddressText = Annotated[str, Meta(min_length=1, max_length=2000)]
Topics = tuple[Annotated[str, Meta(min_length=1, max_length=120)], ...]


class SubscriptionIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an account wants its notices; ``*`` is every topic, ``product:<slug>`` one product's.

    ``confirmed``: the vendor vouches for an e-mail address, which else awaits its confirmation.
    """

    channel: ChannelName
    address: AddressText
    topics: Topics = ("*",)
    confirmed: bool = False


class SubscriptionOut(msgspec.Struct, frozen=True, kw_only=True):
    """Where an account wants its notices; a webhook's ``secret`` is shown once, when it is made.

    Of an address that is secret in itself, such as a chat's, only the service is shown.
    """

    id: str
    channel: str
    address: str
    topics: list[str]
    state: str
    created_at: datetime
    confirmed_at: datetime | None
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    paused_at: datetime | None
    former_secret_until: datetime | None
    revision: int
    secret: str | UnsetType = UNSET

    @classmethod
    def of(
        cls,
        subscription: Subscription,
        secret: str | None = None,
        *,
        products: Collection[str] | None = None,
    ) -> SubscriptionOut:
        """Show a subscription, with the secret that was just made for it.

        With ``products``, of its topics only those that concern them.
        """
        channel, target = subscription.channel, subscription.target
        concerned = subscription.topics if products is None else topics_of(products)
        return cls(
            id=subscription.uid,
            channel=channel,
            address=shown_address(channel, subscription.address, target),
            topics=[topic for topic in subscription.topics if topic in concerned],
            state=subscription.state,
            created_at=subscription.created_at,
            confirmed_at=subscription.confirmed_at,
            failing_since=subscription.failing_since,
            disabled_at=subscription.disabled_at,
            disabled_reason=subscription.disabled_reason,
            paused_at=subscription.paused_at,
            former_secret_until=subscription.former_secret_until,
            revision=subscription.revision,
            secret=secret or UNSET,
        )


async def listed(
    session: AsyncSession, account: Account, *, products: Collection[str] | None = None
) -> list[Subscription]:
    """Return the subscriptions of an account, the oldest first, or those about some products."""
    kept_subscriptions = await subscriptions.list_of(session, account.slug)
    concerned = (row for row in kept_subscriptions if _is_seen(row, products))
    return sorted(concerned, key=place_of)


def place_of(subscription: Subscription) -> str:
    """Return where a subscription stands in lists: texts that sort as its numbers do."""
    return f"{subscription.id:020}"


async def get(
    session: AsyncSession, account: str, uid: str, products: Collection[str] | None
) -> Subscription:
    """Return a subscription of an account, with ``products`` one that is about these."""
    row = await subscriptions.get(session, account, uid)
    if not _is_seen(row, products):
        raise UnknownSubscriptionError.of(uid)
    return row


async def last_attempts(session: AsyncSession, account: str) -> dict[int, Attempt]:
    """Return the latest try at each of an account's addresses, by the subscription's number."""
    latest = (
        select(func.max(Attempt.id))
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .where(Delivery.owner == account)
        .group_by(Delivery.subscription_id)
    )
    statement = (
        select(Delivery.subscription_id, Attempt)
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .where(Attempt.id.in_(latest))
    )
    return {row.subscription_id: row.Attempt for row in await session.execute(statement)}


def _is_seen(subscription: Subscription, products: Collection[str] | None) -> bool:
    return products is None or not set(subscription.topics).isdisjoint(topics_of(products))
