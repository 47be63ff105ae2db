"""What is to be delivered: one row for each message and subscription, made set-wise."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from notifications.addresses import ALL
from notifications.models import (
    OPEN,
    Attempt,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Instant,
    Name,
    Subscription,
    SubscriptionState,
    SubscriptionTopic,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

COLUMNS = (
    "kind",
    "notice_id",
    "thread",
    "subscription_id",
    "owner",
    "target",
    "state",
    "created_at",
    "due_at",
    "tries",
)
TRIED = select(func.count(Attempt.id)).where(Attempt.delivery_id == Delivery.id).scalar_subquery()
TOLD = (SubscriptionState.ACTIVE, SubscriptionState.DISABLED, SubscriptionState.PAUSED)
DELIVERIES: Any = Delivery.__table__
_HIGHEST = (
    select(Delivery.state, func.count())
    .where(Delivery.id > select(func.max(Delivery.id)).scalar_subquery() - func.changes())
    .group_by(Delivery.state)
    .execution_options(autoflush=False)
)


class Counts(msgspec.Struct, frozen=True):
    """How many deliveries were made: ``held`` ones wait for disabled or paused subscriptions."""

    waiting: int = 0
    held: int = 0

    def __add__(self, counts: Counts) -> Counts:
        return Counts(self.waiting + counts.waiting, self.held + counts.held)


async def enqueue(  # noqa: PLR0913 -- keyword-only ones read well
    session: AsyncSession,
    audience: Select[Any],
    *,
    notice_id: int,
    thread: int,
    topic: str,
    now: datetime,
    new: bool = False,
    values: Mapping[str, Any] | None = None,
) -> Counts:
    """Queue a notice to every owner in the audience's column ``owner``; done again it adds nothing.

    It goes to each active subscription that wants the topic, or to all active ones of an owner
    none of whose wants it; disabled and paused ones have it held. Who has neither is nobody's row
    here. It is quicker where the notice is ``new`` to all of them, and where an audience comes
    again and again, with other ``values`` of its parameters.
    """
    values_of_all = {
        "of_notice": notice_id,
        "of_thread": thread,
        "queued_at": now,
        **(values or {}),
    }
    return await _insert(session, _to_audience(audience, topic), values_of_all, new=new)


async def enqueue_one(
    session: AsyncSession,
    subscription: Subscription,
    kind: DeliveryKind,
    *,
    details: dict[str, Any] | None,
    now: datetime,
) -> Delivery:
    """Queue a test message or the question whether the address is right; ``details`` go along."""
    delivery = Delivery(
        kind=kind,
        subscription_id=subscription.id,
        owner=subscription.owner,
        target=subscription.target,
        state=DeliveryState.WAITING,
        created_at=now,
        due_at=now,
        details=details,
    )
    session.add(delivery)
    await session.flush()
    return delivery


async def supersede(
    session: AsyncSession,
    thread: int,
    notice_id: int,
    *,
    audience: Select[Any] | None = None,
    values: Mapping[str, Any] | None = None,
) -> int:
    """Cancel the earlier notices of a thread that subscriptions which have this one still wait for.

    Later ones stay: who joins is told by a standing notice that is older than a reminder.
    ``values`` are those of the audience's parameters.
    """
    newer = aliased(Delivery)
    has_it = exists().where(
        newer.notice_id == notice_id, newer.subscription_id == Delivery.subscription_id
    )
    condition = and_(unfinished(thread), Delivery.notice_id < notice_id, has_it)
    if audience is not None:
        owners = audience.subquery()
        condition = and_(condition, Delivery.owner.in_(select(owners.c.owner)))
    return await cancel_where(session, condition, "superseded by a later notice", values)


def unfinished(thread: int) -> ColumnElement[bool]:
    """Select what is still to be delivered of a thread; OPEN as in its index, word for word."""
    to_come = or_(Delivery.state != DeliveryState.EXHAUSTED, Delivery.due_at.is_not(None))
    return and_(text(f"deliveries.{OPEN}"), Delivery.thread == thread, to_come)


async def cancel_where(
    session: AsyncSession,
    condition: ColumnElement[bool],
    reason: str,
    parameters: Mapping[str, Any] | None = None,
) -> int:
    """Cancel deliveries; one that is on its way keeps its lease, so that its outcome is noted.

    One that arrived before, and was to be sent again, is delivered as it was. ``parameters``
    are the values of those that the condition names.
    """
    changed = update(Delivery).where(Delivery.id.in_(in_order(condition)))
    arrived = Delivery.delivered_at.is_not(None)
    values = {
        "state": case(
            (arrived, DeliveryState.DELIVERED.value), else_=DeliveryState.CANCELLED.value
        ),
        "reason": case((arrived, null()), else_=reason),
        "due_at": None,
        "tries": case((arrived, TRIED), else_=Delivery.tries),
    }
    return await change(session, changed.values(**values), parameters)


def in_order(condition: ColumnElement[bool]) -> Select[int]:
    """Select deliveries by id, locked in that order, so that no two writers wait for each other."""
    statement = select(Delivery.id).where(condition).order_by(Delivery.id)
    return statement.with_for_update()


async def change(
    session: AsyncSession, statement: Any, values: Mapping[str, Any] | None = None
) -> int:
    """Run a statement and give how many rows it changed; loaded objects are not looked at."""
    options = {"synchronize_session": False}
    result: Any = await session.execute(statement, values, execution_options=options)
    return int(result.rowcount)


async def pass_on(session: AsyncSession, condition: ColumnElement[bool], *, now: datetime) -> int:
    """Queue notices that failed at one address to the owner's other active ones; give how many."""
    rows = (
        _rows(Delivery.notice_id, Delivery.thread)
        .join(Delivery, Delivery.owner == Subscription.owner)
        .where(
            condition,
            Delivery.notice_id.is_not(None),
            Subscription.id != Delivery.subscription_id,
            Subscription.state == SubscriptionState.ACTIVE,
        )
    )
    return (await _insert(session, rows, {"queued_at": now})).waiting


@lru_cache(maxsize=64)  # it takes longer to build than to run
def is_meant(topic: str) -> ColumnElement[bool]:
    """Select the subscriptions that get a notice of a topic, if they are told at all.

    They want it, or no active one of their owner does.
    """
    addressed = aliased(Subscription)
    elsewhere = exists().where(
        addressed.owner == Subscription.owner,
        addressed.state == SubscriptionState.ACTIVE,
        _wants(addressed.id, topic),
    )
    return or_(_wants(Subscription.id, topic), not_(elsewhere))


@lru_cache(maxsize=64)
def _to_audience(audience: Select[Any], topic: str) -> Select[Any]:
    owners = audience.subquery()
    rows = _rows(bindparam("of_notice", type_=BigInteger), bindparam("of_thread", type_=BigInteger))
    recipients = rows.where(Subscription.state.in_(TOLD), is_meant(topic))
    return recipients.join(owners, owners.c.owner == Subscription.owner)


def _wants(subscription: Any, topic: str) -> ColumnElement[bool]:
    topic_row = aliased(SubscriptionTopic)
    return exists().where(
        topic_row.subscription_id == subscription, topic_row.topic.in_((ALL, topic))
    )


def _rows(notice_id: Any, thread: Any) -> Select[Any]:
    active = Subscription.state == SubscriptionState.ACTIVE
    moment = bindparam("queued_at", type_=Instant())
    return select(
        literal(DeliveryKind.NOTICE.value, Name),
        notice_id,
        thread,
        Subscription.id,
        Subscription.owner,
        Subscription.target,
        case((active, DeliveryState.WAITING.value), else_=DeliveryState.HELD.value),
        moment,
        case((active, moment), else_=null()),
        literal(0),
    ).select_from(Subscription)


async def _insert(
    session: AsyncSession, rows: Select[Any], values: Mapping[str, Any], *, new: bool = False
) -> Counts:
    if session.get_bind().dialect.name == "sqlite":
        await session.execute(_inserting("sqlite", rows), values)
        # Nobody else writes meanwhile, and nothing is flushed, so the new rows are the highest.
        return _counts((await session.execute(_HIGHEST)).all())
    if new:
        # PostgreSQL need not look for each row, and confirm it, before it is there.
        try:
            async with session.begin_nested():
                result = await session.execute(
                    _inserting("postgresql", rows, missing=False), values
                )
                return _counts(result.all())
        except IntegrityError:
            pass  # somebody else has made one of them
    return _counts((await session.execute(_inserting("postgresql", rows), values)).all())


@lru_cache(maxsize=64)
def _inserting(dialect: str, rows: Select[Any], *, missing: bool = True) -> Any:
    """Insert rows; on PostgreSQL they are counted where they are made, so that none travels."""
    if dialect == "sqlite":
        return sqlite.insert(DELIVERIES).from_select(COLUMNS, rows).on_conflict_do_nothing()
    statement = postgresql.insert(DELIVERIES).from_select(COLUMNS, rows)
    if missing:
        statement = statement.on_conflict_do_nothing()
    inserted = statement.returning(DELIVERIES.c.state).cte("done")
    return select(inserted.c.state, func.count()).group_by(inserted.c.state)


def _counts(rows: Iterable[Any]) -> Counts:
    counted = {state: count for state, count in rows}  # noqa: C416 -- rows are no pairs
    return Counts(counted.get(DeliveryState.WAITING, 0), held=counted.get(DeliveryState.HELD, 0))
