"""What came of tries is noted as a batch, by the worker that still holds the deliveries."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, func, select, update

from notifications import attempts, outbox, replays
from notifications.events import Event, Record
from notifications.leased_messages import Leased, Skip
from notifications.leases import FREE
from notifications.models import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Subscription,
    SubscriptionState,
)
from notifications.outcomes import DELIVERED, EXHAUSTED, SKIPPED, Result, Tried, judge

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

DELIVERIES: Any = Delivery.__table__


async def record(
    session: AsyncSession,
    owner: str,
    tried: Sequence[Tried],
    *,
    now: datetime,
    record: Record,
    scale: float = 1.0,
) -> Counter[str]:
    """Note a batch of outcomes; of deliveries that others hold by now, nothing. Count by outcome.

    A success is kept whatever was decided meanwhile; a failure changes only what still waits.
    """
    failing = await _note_health(session, tried)
    states = await _still_held(session, owner, [result.leased.delivery_id for result in tried])
    results = [
        judge(result, states[result.leased.delivery_id], failing, scale=scale)
        for result in tried
        if result.leased.delivery_id in states
    ]
    if not results:
        return Counter()
    await attempts.store(session, [result.tried for result in results])
    await _store_states(session, results, now=now)
    await _disable(session, results, now=now, record=record)
    spent = [result.id for result in results if result.name == EXHAUSTED and result.is_notice]
    if spent:
        await outbox.pass_on(session, Delivery.id.in_(spent), now=now)
    counts = Counter(result.name for result in results)
    await record(session, Event(owner, "deliveries.recorded", _digest(results, counts)))
    return counts


async def _note_health(session: AsyncSession, tried: Sequence[Tried]) -> dict[int, datetime]:
    """Keep since when each address fails; give it for those that failed just now.

    Every writer locks subscriptions, by id, before deliveries.
    """
    failed, well = _health(tried)
    touched = failed.keys() | {result.subscription_id for result in well if result.failing_since}
    if not touched:
        return {}
    statement = (
        select(Subscription.id, Subscription.failing_since)
        .where(Subscription.id.in_(touched))
        .order_by(Subscription.id)
        .with_for_update(key_share=True)
    )
    failing_since = {row.id: row.failing_since for row in await session.execute(statement)}
    recovered = [
        result.subscription_id for result in well if failing_since.get(result.subscription_id)
    ]
    fresh = {result: at for result, at in failed.items() if failing_since.get(result) is None}
    condition = Subscription.id.in_(recovered)
    await _set(session, condition, recovered, failing_since=None)
    for at in set(fresh.values()):
        since = [result for result in fresh if fresh[result] == at]
        await _set(session, Subscription.id.in_(since), since, failing_since=at)
    return {result: failing_since.get(result) or at for result, at in failed.items()}


def _health(tried: Sequence[Tried]) -> tuple[dict[int, datetime], list[Leased]]:
    """Return the first failure of each address that failed, and those whose last try arrived.

    What failed by a fault of ours is neither.
    """
    failed: dict[int, datetime] = {}
    last: dict[int, tuple[Leased, bool]] = {}
    for attempt in sorted(tried, key=lambda attempt: attempt.at):
        if isinstance(attempt.outcome, Skip) or attempt.outcome.ours:
            continue
        arrived = attempt.outcome.succeeded
        if not arrived and attempt.leased.kind == DeliveryKind.NOTICE:
            failed.setdefault(attempt.leased.subscription_id, attempt.at)
        if arrived or attempt.leased.kind == DeliveryKind.NOTICE:
            last[attempt.leased.subscription_id] = (attempt.leased, arrived)
    return failed, [leased for leased, arrived in last.values() if arrived]


async def _still_held(
    session: AsyncSession, owner: str, deliveries: Sequence[int]
) -> dict[int, str]:
    columns = DELIVERIES.c
    statement = (
        select(columns.id, columns.state)
        .where(columns.id.in_(deliveries), columns.lease_owner == owner)
        .order_by(columns.id)
        .with_for_update()
    )
    connection = await session.connection()
    if connection.dialect.name == "sqlite":
        # As one text: the driver lets go of the interpreter at each row, and waits for it again.
        rows = statement.subquery()
        text: Any = await connection.scalar(select(func.json_group_object(rows.c.id, rows.c.state)))
        return msgspec.json.decode(text, type=dict[int, str])
    return {number: state for number, state in await connection.execute(statement)}  # noqa: C416 -- rows are no pairs


async def _store_states(session: AsyncSession, results: Sequence[Result], *, now: datetime) -> None:
    connection = await session.connection()
    arrived = [result.id for result in results if result.name == DELIVERED]
    if arrived:
        stored = DELIVERIES.c
        values = {
            "state": DeliveryState.DELIVERED.value,
            "reason": None,
            "due_at": None,
            "tries": stored.tries + 1,
            "first_tried_at": func.coalesce(stored.first_tried_at, now),
            "delivered_at": func.coalesce(stored.delivered_at, now),
        }
        statement = DELIVERIES.update().where(stored.id.in_(arrived))
        await connection.execute(statement.values(**values, **FREE))
    skipped = [result.id for result in results if result.name == SKIPPED]
    undelivered = [result for result in results if result.name != DELIVERED]
    for columns, alike in groupby(sorted(undelivered, key=_columns), key=_columns):
        changed = DELIVERIES.update().where(DELIVERIES.c.id == bindparam("held"))
        values = {name: bindparam(name) for name in columns}
        rows = [{"held": result.id, **result.values} for result in alike]
        await connection.execute(changed.values(**values, **FREE), rows)
    if skipped:
        await _keep_delivered(session, skipped)


async def _keep_delivered(session: AsyncSession, skipped: Collection[int]) -> None:
    """Leave delivered what arrived before, and need not be sent again."""
    arrived = and_(Delivery.id.in_(skipped), Delivery.delivered_at.is_not(None))
    statement = update(Delivery).where(arrived)
    values = {"state": DeliveryState.DELIVERED, "reason": None, "tries": outbox.TRIED}
    await outbox.change(session, statement.values(**values))


def _columns(result: Result) -> tuple[str, ...]:
    return tuple(result.values)


async def _disable(
    session: AsyncSession, results: Sequence[Result], *, now: datetime, record: Record
) -> None:
    reasons = {
        result.tried.leased.subscription_id: result.disable for result in results if result.disable
    }
    if not reasons:
        return
    for reason in set(reasons.values()):
        disabled = (
            update(Subscription)
            .where(
                Subscription.id.in_(
                    [subscription_id for subscription_id, why in reasons.items() if why == reason]
                ),
                Subscription.state == SubscriptionState.ACTIVE,
            )
            .values(
                state=SubscriptionState.DISABLED,
                disabled_at=now,
                disabled_reason=reason,
                revision=Subscription.revision + 1,
            )
            .returning(
                Subscription.owner,
                Subscription.uid,
                Subscription.channel,
                Subscription.address_digest,
            )
            .execution_options(synchronize_session=False)
        )
        for row in (await session.execute(disabled)).all():
            details: dict[str, object] = {
                "subscription": row.uid,
                "channel": row.channel,
                "address_sha256": row.address_digest,
                "reason": reason,
            }
            await record(session, Event(row.owner, "subscription.disabled", details))
    await replays.hold(session, list(reasons), now=now)


async def _set(
    session: AsyncSession, where: ColumnElement[bool], ids: Collection[int], **values: Any
) -> None:
    if ids:
        await outbox.change(session, update(Subscription).where(where).values(**values))


def _digest(results: Sequence[Result], counts: Counter[str]) -> dict[str, object]:
    lines = sorted((result.id, result.name) for result in results)
    lines_of_text = "\n".join(f"{delivery} {name}" for delivery, name in lines)
    return {"counts": dict(counts), "sha256": hashlib.sha256(lines_of_text.encode()).hexdigest()}
