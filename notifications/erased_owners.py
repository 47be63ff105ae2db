"""Forgetting an owner: where it was told, and what its addresses answered.

What was sent stays as evidence: each delivery with its days, its state, its attempts' outcomes and
the digests of what was sent, under a name that says nothing.
"""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import and_, delete, select, update

from notifications import outbox
from notifications.channels import hides_address
from notifications.identity import digest
from notifications.models import (
    Attempt,
    Delivery,
    DeliveryState,
    Subscription,
    SubscriptionState,
    SubscriptionTopic,
)

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

ERASED = "erased"
REASON = "the account was erased"


class ErasedOwner(msgspec.Struct, frozen=True):
    """What named the owner until now: its addresses, and what was worked out from them."""

    addresses: tuple[str, ...]
    ids: tuple[str, ...]
    stopped: int


async def erase_owner(session: AsyncSession, owner: str, pseudonym: str) -> ErasedOwner:
    """Put a pseudonym in an owner's place, stop its deliveries, and forget its addresses.

    What was worked out from them, ids included, is replaced by what nobody can work out again.
    """
    statement = select(Subscription).where(Subscription.owner == owner).order_by(Subscription.id)
    locked = statement.with_for_update().execution_options(populate_existing=True)
    subscriptions = (await session.scalars(locked)).all()
    forgotten = ErasedOwner(
        tuple(row.address for row in subscriptions if not hides_address(row.channel)),
        tuple(text for row in subscriptions for text in (row.uid, row.address_digest)),
        await _stop(session, owner),
    )
    await _forget_deliveries(session, owner, pseudonym)
    for row in subscriptions:
        _forget(row, pseudonym)
    topics = SubscriptionTopic.subscription_id.in_([row.id for row in subscriptions])
    await session.execute(delete(SubscriptionTopic).where(topics))
    await session.flush()
    return forgotten


async def _stop(session: AsyncSession, owner: str) -> int:
    """Cancel what was to be sent."""
    tried = and_(Delivery.state == DeliveryState.EXHAUSTED, Delivery.due_at.is_not(None))
    stopped = 0
    for condition in (Delivery.state.in_((DeliveryState.WAITING, DeliveryState.HELD)), tried):
        mine = and_(Delivery.owner == owner, condition)
        stopped += await outbox.cancel_where(session, mine, REASON)
    return stopped


async def _forget_deliveries(session: AsyncSession, owner: str, pseudonym: str) -> None:
    """Forget what addresses answered, and whose they were; one on its way is let go."""
    numbers = select(Delivery.id).where(Delivery.owner == owner)
    answers = update(Attempt).where(Attempt.delivery_id.in_(numbers)).values(answer=None)
    await session.execute(answers)
    nameless = {"owner": pseudonym, "target": ERASED, "details": None}
    free = {"lease_owner": None, "lease_until": None}
    deliveries = update(Delivery).where(Delivery.owner == owner)
    failed = deliveries.where(Delivery.state != DeliveryState.CANCELLED)
    await session.execute(failed.values(reason=None))
    await session.execute(deliveries.values(**nameless, **free))


def _forget(row: Subscription, pseudonym: str) -> None:
    """Keep of an address on which channel it was, and when."""
    row.uid = str(uuid.uuid4())
    row.owner = pseudonym
    row.address = ERASED
    row.address_digest = digest(secrets.token_hex())
    row.target = ERASED
    row.state = SubscriptionState.REMOVED
    row.secret = row.former_secret = row.former_secret_until = None
    row.disabled_reason = None
    row.revision += 1
