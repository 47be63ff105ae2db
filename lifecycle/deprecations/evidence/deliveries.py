"""Deliveries as people see them: with the names of what was told, where, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select, text, true

from lifecycle.accounts.queries import get_account
from lifecycle.database.pagination import Page, page
from lifecycle.deprecations import queries
from lifecycle.deprecations.models import Deprecation, Notice
from notifications.errors import UnknownDeliveryError
from notifications.identity import webhook_id
from notifications.models import (
    UNDELIVERED,
    Attempt,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Subscription,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.ext.asyncio import AsyncSession


class AttemptOut(msgspec.Struct, frozen=True, kw_only=True):
    """One try: what the address answered, and the digest of what it was sent."""

    at: datetime
    succeeded: bool
    status: int | None
    answer: str | None
    milliseconds: int
    body_sha256: str | None

    @classmethod
    def of(cls, attempt: Attempt) -> AttemptOut:
        """Show an attempt."""
        return cls(
            at=attempt.at,
            succeeded=attempt.succeeded,
            status=attempt.status,
            answer=attempt.answer,
            milliseconds=attempt.milliseconds,
            body_sha256=attempt.body_sha256,
        )


class Described(msgspec.Struct, frozen=True):
    """A delivery with what its numbers stand for; a test has neither notice nor deprecation."""

    delivery: Delivery
    subscription: Subscription
    notice: Notice | None
    deprecation: Deprecation | None
    attempts: tuple[Attempt, ...]


class DeliveryOut(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one subscription; ``webhook_id`` is by which a receiver knows a repeat."""

    id: int
    kind: DeliveryKind
    account: str
    subscription: str
    channel: str
    deprecation: str | None
    notice: str | None
    milestone: str | None
    webhook_id: str | None
    state: DeliveryState
    reason: str | None
    created_at: datetime
    due_at: datetime | None
    tries: int
    delivered_at: datetime | None
    last_answer: str | None
    attempts: list[AttemptOut]

    @classmethod
    def of(cls, described: Described) -> DeliveryOut:
        """Show a delivery."""
        delivery, notice, subscription = (
            described.delivery,
            described.notice,
            described.subscription,
        )
        return cls(
            id=delivery.id,
            kind=DeliveryKind(delivery.kind),
            state=DeliveryState(delivery.state),
            account=delivery.owner,
            subscription=subscription.uid,
            channel=subscription.channel,
            deprecation=described.deprecation.uid if described.deprecation else None,
            notice=notice.uid if notice else None,
            milestone=notice.milestone if notice else None,
            webhook_id=webhook_id(notice.uid, subscription.uid) if notice else None,
            reason=delivery.reason,
            created_at=delivery.created_at,
            due_at=delivery.due_at,
            tries=delivery.tries,
            delivered_at=delivery.delivered_at,
            last_answer=described.attempts[-1].answer if described.attempts else None,
            attempts=[AttemptOut.of(attempt) for attempt in described.attempts],
        )


async def list_of(  # noqa: PLR0913 -- keyword-only ones read well
    session: AsyncSession,
    *,
    state: DeliveryState | None = None,
    owner: str | None = None,
    deprecation: Deprecation | None = None,
    subscription: Subscription | None = None,
    products: Collection[str] | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[Delivery]:
    """Return deliveries, the newest first; with ``products``, those of what concerns them."""
    statement = select(Delivery).where(_concerns(products))
    if state is not None:
        statement = statement.where(Delivery.state == state)
    if state not in {None, DeliveryState.DELIVERED}:
        statement = statement.where(text(UNDELIVERED))
    if owner is not None:
        statement = statement.where(Delivery.owner == owner)
    if deprecation is not None:
        statement = statement.where(Delivery.thread == deprecation.id)
    if subscription is not None:
        statement = statement.where(Delivery.subscription_id == subscription.id)
    return await page(
        session, statement, [Delivery.id], cursor=cursor, limit=limit, descending=True
    )


async def page_of_deliveries(
    session: AsyncSession,
    *,
    state: DeliveryState | None,
    owner: str | None,
    deprecation: Deprecation | None,
    products: Collection[str] | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[DeliveryOut]:
    """Show deliveries with all their attempts, as ``list_of`` finds them."""
    listed = await list_of(
        session,
        state=state,
        owner=owner,
        deprecation=deprecation,
        products=products,
        cursor=cursor,
        limit=limit,
    )
    shown = await described(session, listed.items)
    return Page([DeliveryOut.of(delivery) for delivery in shown], listed.next)


async def find_owner(
    session: AsyncSession, slug: str, *, products: Collection[str] | None = None
) -> str:
    """Return the slug of an account whose deliveries are asked for, or raise ``UnknownAccount``.

    What a delivery names can be asked for, whether or not who asks may open it: an account that
    ``products`` concern no longer, or that was erased.
    """
    named = select(Delivery.id).where(Delivery.owner == slug, _concerns(products)).limit(1)
    if await session.scalar(named) is None:
        await get_account(session, slug, products=products)
    return slug


async def get(
    session: AsyncSession, delivery_id: int, *, products: Collection[str] | None = None
) -> Delivery:
    """Return the delivery with this id, or raise ``UnknownDeliveryError``.

    With ``products``, one of what concerns them.
    """
    statement = select(Delivery).where(Delivery.id == delivery_id, _concerns(products))
    delivery = await session.scalar(statement)
    if delivery is None:
        raise UnknownDeliveryError(f"There is no delivery {delivery_id}")
    return delivery


async def described(session: AsyncSession, deliveries: Sequence[Delivery]) -> list[Described]:
    """Return deliveries with what belongs to them, in the order given."""
    subscriptions = await _by_id(session, Subscription, {row.subscription_id for row in deliveries})
    notices = await _by_id(session, Notice, {row.notice_id for row in deliveries})
    deprecations = await _by_id(session, Deprecation, {row.thread for row in deliveries})
    attempts = await _attempts(session, [row.id for row in deliveries])
    return [
        Described(
            delivery,
            subscriptions[delivery.subscription_id],
            notices.get(delivery.notice_id),
            deprecations.get(delivery.thread),
            tuple(attempts.get(delivery.id, ())),
        )
        for delivery in deliveries
    ]


async def of_deprecation(
    session: AsyncSession, deprecation: Deprecation, owners: Collection[str]
) -> list[Described]:
    """Return the deliveries to some accounts about a deprecation, the oldest first."""
    statement = select(Delivery).where(
        Delivery.thread == deprecation.id, Delivery.owner.in_(owners)
    )
    return await described(session, (await session.scalars(statement.order_by(Delivery.id))).all())


async def of_notice(session: AsyncSession, notice: Notice, owner: str) -> list[Described]:
    """Return the deliveries of a notice to an account, the oldest first."""
    statement = select(Delivery).where(Delivery.notice_id == notice.id, Delivery.owner == owner)
    return await described(session, (await session.scalars(statement.order_by(Delivery.id))).all())


async def made_since(
    session: AsyncSession, subscription_id: int, kind: DeliveryKind, *, since: datetime
) -> bool:
    """Return whether a message of this kind was queued after a moment and stands uncancelled."""
    statement = select(Delivery.id).where(
        Delivery.subscription_id == subscription_id,
        Delivery.kind == kind,
        Delivery.created_at > since,
        Delivery.state != DeliveryState.CANCELLED,
    )
    return await session.scalar(statement.limit(1)) is not None


def _concerns(products: Collection[str] | None) -> ColumnElement[bool]:
    return true() if products is None else Delivery.thread.in_(_about(products))


def _about(products: Collection[str]) -> Select[int]:
    return select(Deprecation.id).where(queries.concerns(products))


async def _by_id(session: AsyncSession, entity: Any, ids: Iterable[int | None]) -> dict[Any, Any]:
    numbers = [number for number in ids if number is not None]
    if not numbers:
        return {}
    rows = await session.scalars(select(entity).where(entity.id.in_(numbers)))
    return {row.id: row for row in rows}


async def _attempts(session: AsyncSession, ids: Sequence[int]) -> dict[int, list[Attempt]]:
    statement = select(Attempt).where(Attempt.delivery_id.in_(ids)).order_by(Attempt.id)
    attempts: dict[int, list[Attempt]] = {}
    for attempt in await session.scalars(statement) if ids else ():
        attempts.setdefault(attempt.delivery_id, []).append(attempt)
    return attempts
