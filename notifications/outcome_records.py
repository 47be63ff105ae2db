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
    states = await _still_held(session, owner, [each.leased.delivery_id for each in tried])
    results = [
        judge(each, states[each.leased.delivery_id], failing, scale=scale)
        for each in tried
        if each.leased.delivery_id in states
    ]
    if not results:
        return Counter()
    await attempts.store(session, [result.tried for result in results])
    await _store_states(session, results, now=now)
    await _disable(session, results, now=now, record=record)
    spent = [each.id for each in results if each.name == EXHAUSTED and each.is_notice]
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
    touched = failed.keys() | {each.subscription_id for each in well if each.failing_since}
    if not touched:
        return {}
    found = (
        select(Subscription.id, Subscription.failing_since)
        .where(Subscription.id.in_(touched))
        .order_by(Subscription.id)
        .with_for_update(key_share=True)
    )
    known = {row.id: row.failing_since for row in await session.execute(found)}
    recovered = [each.subscription_id for each in well if known.get(each.subscription_id)]
    fresh = {each: at for each, at in failed.items() if known.get(each) is None}
    here = Subscription.id.in_(recovered)
    await _set(session, here, recovered, failing_since=None)
    for at in set(fresh.values()):
        since = [each for each in fresh if fresh[each] == at]
        await _set(session, Subscription.id.in_(since), since, failing_since=at)
    return {each: known.get(each) or at for each, at in failed.items()}


def _health(tried: Sequence[Tried]) -> tuple[dict[int, datetime], list[Leased]]:
    """Give the first failure of each address that failed, and those whose last try arrived.

    What failed by a fault of ours is neither.
    """
    failed: dict[int, datetime] = {}
    last: dict[int, tuple[Leased, bool]] = {}
    for each in sorted(tried, key=lambda each: each.at):
        if isinstance(each.outcome, Skip) or each.outcome.ours:
            continue
        arrived = each.outcome.succeeded
        if not arrived and each.leased.kind == DeliveryKind.NOTICE:
            failed.setdefault(each.leased.subscription_id, each.at)
        if arrived or each.leased.kind == DeliveryKind.NOTICE:
            last[each.leased.subscription_id] = (each.leased, arrived)
    return failed, [leased for leased, arrived in last.values() if arrived]


async def _still_held(
    session: AsyncSession, owner: str, deliveries: Sequence[int]
) -> dict[int, str]:
    here = DELIVERIES.c
    found = (
        select(here.id, here.state)
        .where(here.id.in_(deliveries), here.lease_owner == owner)
        .order_by(here.id)
        .with_for_update()
    )
    connection = await session.connection()
    if connection.dialect.name == "sqlite":
        # As one text: the driver lets go of the interpreter at each row, and waits for it again.
        rows = found.subquery()
        text: Any = await connection.scalar(select(func.json_group_object(rows.c.id, rows.c.state)))
        return msgspec.json.decode(text, type=dict[int, str])
    return {number: state for number, state in await connection.execute(found)}  # noqa: C416 -- rows are no pairs


async def _store_states(session: AsyncSession, results: Sequence[Result], *, now: datetime) -> None:
    connection = await session.connection()
    arrived = [result.id for result in results if result.name == DELIVERED]
    if arrived:
        here = DELIVERIES.c
        values = {
            "state": DeliveryState.DELIVERED.value,
            "reason": None,
            "due_at": None,
            "tries": here.tries + 1,
            "first_tried_at": func.coalesce(here.first_tried_at, now),
            "delivered_at": func.coalesce(here.delivered_at, now),
        }
        done = DELIVERIES.update().where(here.id.in_(arrived))
        await connection.execute(done.values(**values, **FREE))
    skipped = [result.id for result in results if result.name == SKIPPED]
    others = [result for result in results if result.name != DELIVERED]
    for columns, alike in groupby(sorted(others, key=_columns), key=_columns):
        changed = DELIVERIES.update().where(DELIVERIES.c.id == bindparam("held"))
        values = {name: bindparam(name) for name in columns}
        rows = [{"held": result.id, **result.values} for result in alike]
        await connection.execute(changed.values(**values, **FREE), rows)
    if skipped:
        await _keep_delivered(session, skipped)


async def _keep_delivered(session: AsyncSession, skipped: Collection[int]) -> None:
    """Leave delivered what arrived before, and need not be sent again."""
    arrived = and_(Delivery.id.in_(skipped), Delivery.delivered_at.is_not(None))
    kept = update(Delivery).where(arrived)
    values = {"state": DeliveryState.DELIVERED, "reason": None, "tries": outbox.TRIED}
    await outbox.change(session, kept.values(**values))


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
                Subscription.id.in_([each for each, why in reasons.items() if why == reason]),
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
    told = "\n".join(f"{delivery} {name}" for delivery, name in lines)
    return {"counts": dict(counts), "sha256": hashlib.sha256(told.encode()).hexdigest()}
