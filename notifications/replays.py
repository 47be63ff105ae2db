"""What becomes of deliveries when an address stops listening, listens again, or asks again."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from sqlalchemy import Select, and_, case, func, or_, select, update
from sqlalchemy.orm import aliased

from notifications import outbox
from notifications.errors import ChangeRefusedError, TooManyMessagesError, UnknownDeliveryError
from notifications.events import Event
from notifications.models import (
    Attempt,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Subscription,
    SubscriptionState,
)
from notifications.subscription_rows import subscription_details

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncSession

    from notifications.events import Record

CATCHING_UP = (DeliveryState.HELD, DeliveryState.EXHAUSTED)
STANDING = (*CATCHING_UP, DeliveryState.WAITING, DeliveryState.DELIVERED)
OVER = (DeliveryState.DELIVERED, DeliveryState.EXHAUSTED)
AGAIN_AFTER = timedelta(minutes=5)
"""So long after a try its owner may have a message sent again: nobody is flooded in its name."""
SENDABLE = {
    DeliveryKind.NOTICE: (SubscriptionState.ACTIVE, SubscriptionState.DISABLED),
    DeliveryKind.TEST: outbox.TOLD,
    DeliveryKind.CONFIRMATION: (SubscriptionState.PENDING,),
    DeliveryKind.SIGN_IN: (),
}


async def hold(session: AsyncSession, subscriptions: Sequence[int], *, now: datetime) -> int:
    """Keep what waits for disabled or paused subscriptions; the owners' other addresses have it.

    What was exhausted stays so, and is tried no more. Lock the subscriptions first.
    """
    notices = and_(
        Delivery.subscription_id.in_(subscriptions),
        Delivery.kind == DeliveryKind.NOTICE,
        Delivery.due_at.is_not(None),
    )
    waiting = and_(notices, Delivery.state == DeliveryState.WAITING)
    await outbox.pass_on(session, waiting, now=now)
    count = await put_to_rest(session, waiting)
    # Of the exhausted alone: what was queued since the first statement, by whoever still saw an
    # active subscription, is put to rest when it is to be leased.
    await put_to_rest(session, and_(notices, Delivery.state == DeliveryState.EXHAUSTED))
    return count


async def put_to_rest(session: AsyncSession, condition: ColumnElement[bool]) -> int:
    """Hold what waits, and try no more what was exhausted; give how many that are."""
    statement = update(Delivery).where(Delivery.id.in_(outbox.in_order(condition)))
    exhausted = Delivery.state == DeliveryState.EXHAUSTED
    state = case((exhausted, DeliveryState.EXHAUSTED.value), else_=DeliveryState.HELD.value)
    return await outbox.change(session, statement.values(state=state, due_at=None))


async def resume(session: AsyncSession, subscription_id: int, *, now: datetime) -> int:
    """Send one catch-up for each thread that was held: its latest notice; give how many.

    Where a later notice did arrive, there is nothing to catch up on.
    """
    later = aliased(Delivery)
    latest = (
        select(func.max(later.id))
        .where(
            later.subscription_id == subscription_id,
            later.thread == Delivery.thread,
            later.state.in_(STANDING),
        )
        .scalar_subquery()
    )
    condition = and_(
        Delivery.subscription_id == subscription_id,
        Delivery.state.in_(CATCHING_UP),
        Delivery.kind == DeliveryKind.NOTICE,
    )
    statement = update(Delivery).where(condition, Delivery.id == latest)
    count = await outbox.change(session, statement.values(**_afresh(now)))
    stale = and_(condition, Delivery.state == DeliveryState.HELD)
    await outbox.cancel_where(session, stale, "superseded by a later notice")
    return count


async def drop(session: AsyncSession, subscription_id: int, reason: str, *, now: datetime) -> int:
    """Cancel all that was to go to an address, and let the owner's other ones have it."""
    condition = Delivery.subscription_id == subscription_id
    waiting = and_(condition, Delivery.state.in_((DeliveryState.WAITING, DeliveryState.HELD)))
    await outbox.pass_on(session, waiting, now=now)
    tried = and_(Delivery.state == DeliveryState.EXHAUSTED, Delivery.due_at.is_not(None), condition)
    count = await outbox.cancel_where(session, waiting, reason)
    return count + await outbox.cancel_where(session, tried, reason)


async def replay(
    session: AsyncSession, delivery_id: int, *, now: datetime, record: Record
) -> Delivery:
    """Send a delivery again under the same id; its evidence stays and its tries start anew.

    Refused where the reader wants nothing any more.
    """
    delivery = await session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None:
        raise UnknownDeliveryError(f"There is no delivery {delivery_id}")
    if reason := await why_not(session, delivery):
        raise ChangeRefusedError(f"It cannot be sent again: {reason}")
    before = delivery.state
    _begin_afresh(delivery, now)
    await session.flush()
    details = dict[str, object](delivery=delivery.id, notice_id=delivery.notice_id, was=before)
    await record(session, Event(delivery.owner, "delivery.replayed", details))
    return delivery


async def why_not(session: AsyncSession, delivery: Delivery) -> str | None:
    """Say why a delivery cannot be sent again to its address, if it cannot."""
    statement = select(Subscription.state).where(Subscription.id == delivery.subscription_id)
    state = (await session.scalars(statement)).one()
    if delivery.kind == DeliveryKind.SIGN_IN:
        return "it is a link to sign in; ask for another"
    if state in SENDABLE[DeliveryKind(delivery.kind)]:
        return None
    if delivery.kind == DeliveryKind.CONFIRMATION and state in outbox.TOLD:
        return "the address is confirmed already"
    way_out = "resume it" if state == SubscriptionState.PAUSED else "subscribe it again"
    return f"its subscription is {state}; {way_out}"


async def replay_own(
    session: AsyncSession,
    subscription: Subscription,
    delivery_id: int,
    *,
    now: datetime,
    record: Record,
) -> Delivery:
    """Send a notice to an address of one's own again, though not sooner than five minutes later."""
    delivery = await session.get(Delivery, delivery_id)
    is_own = delivery is not None and delivery.subscription_id == subscription.id
    if delivery is None or not is_own or delivery.kind != DeliveryKind.NOTICE:
        raise UnknownDeliveryError(f"There is no delivery {delivery_id}")
    if delivery.state not in OVER:
        raise ChangeRefusedError(f"The delivery is {delivery.state}, and is not sent again")
    last = await session.scalar(_last_tried().where(Attempt.delivery_id == delivery_id))
    if last is not None and last > now - AGAIN_AFTER:
        seconds = ceil((last + AGAIN_AFTER - now).total_seconds())
        raise TooManyMessagesError(
            "It was sent less than five minutes ago; send it again later", retry_after=seconds
        )
    return await replay(session, delivery_id, now=now, record=record)


async def sent_since(
    session: AsyncSession, subscription: Subscription, *, since: datetime, now: datetime
) -> Sequence[Delivery]:
    """Return what went to an address since an instant, locked, to be sent there again.

    Left out is what was tried within five minutes, or waits to be sent anyway. Lock the
    subscription first.
    """
    if subscription.state not in SENDABLE[DeliveryKind.NOTICE]:
        raise ChangeRefusedError(f"Nothing can be sent to an address that is {subscription.state}")
    recent = _last_tried().where(Attempt.delivery_id == Delivery.id).scalar_subquery()
    condition = and_(
        Delivery.subscription_id == subscription.id,
        Delivery.kind == DeliveryKind.NOTICE,
        Delivery.state.in_(OVER),
        Delivery.created_at >= since,
        or_(recent.is_(None), recent <= now - AGAIN_AFTER),
    )
    statement = select(Delivery).where(condition).order_by(Delivery.id).with_for_update()
    return (await session.scalars(statement)).all()


async def replay_all(
    session: AsyncSession,
    subscription: Subscription,
    deliveries: Sequence[Delivery],
    *,
    since: datetime,
    now: datetime,
    record: Record,
) -> None:
    """Send deliveries to an address again that ``sent_since`` found, under the ids they had."""
    for delivery in deliveries:
        _begin_afresh(delivery, now)
    if deliveries:
        count = len(deliveries)
        details = subscription_details(subscription) | {"since": since.isoformat(), "count": count}
        await record(session, Event(subscription.owner, "deliveries.replayed", details))


def _begin_afresh(delivery: Delivery, now: datetime) -> None:
    for name, value in _afresh(now).items():
        setattr(delivery, name, value)


def _last_tried() -> Select[datetime]:
    return select(func.max(Attempt.at))


def _afresh(now: datetime) -> dict[str, object]:
    return {
        "state": DeliveryState.WAITING,
        "reason": None,
        "due_at": now,
        "tries": 0,
        "first_tried_at": None,
    }
