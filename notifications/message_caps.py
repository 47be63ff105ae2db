"""How many messages an owner may have sent at will, so that nobody is flooded in its name.

Counted in the store's deliveries, which all processes share. Notices are not capped: their number
follows from what is announced.
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import ColumnElement, select

from notifications.errors import TooManyMessagesError
from notifications.models import Delivery, DeliveryKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from notifications.models import Subscription


class Cap(NamedTuple):
    """The ``most`` messages within a length of time that slides along."""

    most: int
    within: timedelta
    words: str


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PER_OWNER = {
    DeliveryKind.CONFIRMATION: Cap(20, HOUR, "20 confirmation mails within an hour"),
    DeliveryKind.TEST: Cap(30, HOUR, "30 test messages within an hour"),
    DeliveryKind.SIGN_IN: Cap(20, HOUR, "20 links to sign in within an hour"),
}
PER_ADDRESS = {
    DeliveryKind.CONFIRMATION: Cap(5, DAY, "5 confirmation mails to one address within a day"),
}
"""Whoever did not ask for the first mail does not want a sixth."""


async def check_room(
    session: AsyncSession, subscription: Subscription, kind: DeliveryKind, *, now: datetime
) -> None:
    """Refuse one more message of a kind where an owner or an address has had all it may.

    The caller has locked the owner, or requests at the same moment would not see each other.
    """
    # No thread: the condition is what an index on owner and thread can be asked for.
    owned = (Delivery.owner == subscription.owner, Delivery.thread.is_(None))
    await _check(session, PER_OWNER.get(kind), kind, owned, now=now)
    of_subscription = (Delivery.subscription_id == subscription.id,)
    await _check(session, PER_ADDRESS.get(kind), kind, of_subscription, now=now)


async def _check(
    session: AsyncSession,
    cap: Cap | None,
    kind: DeliveryKind,
    conditions: tuple[ColumnElement[bool], ...],
    *,
    now: datetime,
) -> None:
    if cap is None:
        return
    counted = select(Delivery.created_at).where(
        *conditions, Delivery.kind == kind, Delivery.created_at > now - cap.within
    )
    newest_first = counted.order_by(Delivery.created_at.desc())
    oldest = await session.scalar(newest_first.offset(cap.most - 1).limit(1))
    if oldest is None:
        return
    again_at = oldest + cap.within
    raise TooManyMessagesError(
        f"At most {cap.words} can be sent for an account; "
        f"ask again after {again_at:%Y-%m-%d %H:%M:%S} UTC",
        retry_after=ceil((again_at - now).total_seconds()),
    )
