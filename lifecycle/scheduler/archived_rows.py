"""What leaves the store at night: repeated deliveries and verdicts whose promises ended long ago.

The first try and the first arrival at each address, for each effective day that a notice stated,
stay for good: reach, evidence and the gate rest on them. So does the newest verdict of a version.
Rows are on the disk of an archive before they are deleted, and the log lists them in the same
transaction as it happens.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import aliased

from lifecycle.audit.actions import append
from lifecycle.audit.archive_files import ARCHIVED, Archive
from lifecycle.audit.chain import By
from lifecycle.deprecations.models import Deprecation, Notice
from lifecycle.deprecations.states import State
from lifecycle.gate.models import GateVerdict
from lifecycle.scheduler.job_locks import claim
from notifications import outbox
from notifications.models import Attempt, Delivery, DeliveryKind, DeliveryState, Subscription

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.database.store import Store
    from lifecycle.settings import Settings

AT_ONCE = 500
NIGHTLY = "archiving"
CLOSED = (DeliveryState.DELIVERED, DeliveryState.CANCELLED, DeliveryState.EXHAUSTED)
ENDED = (State.ANNOUNCED, State.WITHDRAWN)

log = structlog.get_logger(__name__)


class Archived(msgspec.Struct):
    """How many rows left the store."""

    deliveries: int = 0
    verdicts: int = 0
    messages: int = 0
    attempts: int = 0


class Changed(Exception):  # noqa: N818 -- no fault
    """A row was changed, or taken by another worker, after it had been read."""


async def archive_nightly(
    store: Store, settings: Settings, *, now: datetime, ending: asyncio.Event | None = None
) -> Archived | None:
    """Let go of what need not be kept, once a day by one worker; None where that was done."""
    async with store.writing() as session:
        mark = await claim(session, NIGHTLY)
        if mark is None or mark.day == now.date():
            return None
        mark.day = now.date()
    return await archive_old_rows(store, settings, now=now, ending=ending)


async def archive_old_rows(
    store: Store, settings: Settings, *, now: datetime, ending: asyncio.Event | None = None
) -> Archived:
    """Let go of what need not be kept, a batch in each transaction."""
    archived = Archived()
    before = now - timedelta(days=settings.keep_messages_days)
    while not _is_ending(ending) and (count := await _forget_messages(store, before)):
        archived.messages += count
    before = now - timedelta(days=settings.keep_attempts_days)
    while not _is_ending(ending) and (count := await _forget_attempts(store, before)):
        archived.attempts += count
    if not settings.archive:
        return archived
    archive = Archive(Path(settings.archive), now)
    by, before = By("system", now), now - timedelta(days=settings.keep_proof_days)
    try:
        for notice in await _notices(store, before):
            while not _is_ending(ending) and (
                count := await _archive_deliveries(store, archive, notice, by)
            ):
                archived.deliveries += count
        while not _is_ending(ending) and (
            count := await _archive_verdicts(store, archive, before, by)
        ):
            archived.verdicts += count
    except Changed:
        log.info("archiving stops for tonight; something changed meanwhile")
    except OSError as error:
        log.warning("the archive cannot be written", folder=settings.archive, reason=str(error))
    return archived


def _is_ending(ending: asyncio.Event | None) -> bool:
    return ending is not None and ending.is_set()


async def _forget_messages(store: Store, before: datetime) -> int:
    """Delete tests, confirmations and links to sign in: they prove no promise."""
    old = (
        select(Delivery.id)
        .where(Delivery.kind != DeliveryKind.NOTICE, Delivery.created_at < before, _is_closed())
        .limit(AT_ONCE)
    )
    async with store.reading() as session:
        numbers = (await session.scalars(old)).all()
    if not numbers:
        return 0
    async with store.writing() as session:
        await session.execute(delete(Delivery).where(Delivery.id.in_(numbers), _is_closed()))
    return len(numbers)


async def _forget_attempts(store: Store, before: datetime) -> int:
    """Delete failed tries between the first and the last of a delivery that is over.

    The first says when an address was tried, the last what became of it, and the delivery how many
    there were.
    """
    earlier, later = aliased(Attempt), aliased(Attempt)
    between = (
        select(earlier.id).where(
            earlier.delivery_id == Attempt.delivery_id, earlier.id < Attempt.id
        ),
        select(later.id).where(later.delivery_id == Attempt.delivery_id, later.id > Attempt.id),
    )
    old = (
        select(Attempt.id)
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .where(Attempt.at < before, Attempt.succeeded.is_(False), _is_closed())
        .where(*(statement.exists() for statement in between))
        .limit(AT_ONCE)
    )
    async with store.reading() as session:
        numbers = (await session.scalars(old)).all()
    if not numbers:
        return 0
    async with store.writing() as session:
        await session.execute(delete(Attempt).where(Attempt.id.in_(numbers)))
    return len(numbers)


def _is_closed() -> ColumnElement[bool]:
    return and_(Delivery.state.in_(CLOSED), Delivery.due_at.is_(None))


async def _notices(store: Store, before: datetime) -> Sequence[int]:
    """Return the notices of deprecations that took effect, or were withdrawn, before an instant."""
    over = or_(
        and_(
            Deprecation.state == State.ANNOUNCED,
            Deprecation.last_effective_on < before.date(),
        ),
        and_(Deprecation.state == State.WITHDRAWN, Deprecation.withdrawn_at < before),
    )
    statement = select(Notice.id).join(Deprecation, Deprecation.id == Notice.deprecation_id)
    async with store.reading() as session:
        return (await session.scalars(statement.where(over).order_by(Notice.id))).all()


async def _archive_deliveries(store: Store, archive: Archive, notice: int, by: By) -> int:
    statement = (
        select(Delivery, Notice, Deprecation.uid, Subscription.uid)
        .join(Notice, Notice.id == Delivery.notice_id)
        .join(Deprecation, Deprecation.id == Notice.deprecation_id)
        .join(Subscription, Subscription.id == Delivery.subscription_id)
        .where(Delivery.notice_id == notice, _is_closed(), *_is_repeated())
        .order_by(Delivery.id)
        .limit(AT_ONCE)
    )
    async with store.reading() as session:
        deliveries = (await session.execute(statement)).all()
        attempts = await _attempts(session, [row.Delivery.id for row in deliveries])
    rows = [
        {
            **_columns("delivery", delivery),
            "notice": notified.uid,
            "milestone": notified.milestone,
            "effective_on": notified.effective_on,
            "deprecation": deprecation,
            "subscription": subscription,
            "attempts": attempts.get(delivery.id, []),
        }
        for delivery, notified, deprecation, subscription in deliveries
    ]
    condition = and_(Delivery.id.in_([row["id"] for row in rows]), _is_closed())
    return await _move(store, archive, rows, Delivery, condition, by)


def _is_repeated() -> tuple[ColumnElement[bool], ...]:
    """Select what neither was tried first nor arrived first, at its address, of what it states."""
    earlier, stated = aliased(Delivery), aliased(Notice)
    alike = (
        select(earlier.id)
        .join(stated, stated.id == earlier.notice_id)
        .where(
            earlier.subscription_id == Delivery.subscription_id,
            earlier.thread == Delivery.thread,
            stated.effective_on.is_not_distinct_from(Notice.effective_on),
        )
    )

    def is_later(instant: Any, instants: Any) -> ColumnElement[bool]:
        sooner = or_(instants < instant, and_(instants == instant, earlier.id < Delivery.id))
        return or_(instant.is_(None), alike.where(sooner).exists())

    return (
        is_later(Delivery.first_tried_at, earlier.first_tried_at),
        is_later(Delivery.delivered_at, earlier.delivered_at),
    )


async def _attempts(session: AsyncSession, numbers: Sequence[int]) -> dict[int, list[Any]]:
    statement = select(Attempt).where(Attempt.delivery_id.in_(numbers)).order_by(Attempt.id)
    by_delivery: dict[int, list[Any]] = {}
    for attempt in await session.scalars(statement):
        by_delivery.setdefault(attempt.delivery_id, []).append(_columns("attempt", attempt))
    return by_delivery


async def _archive_verdicts(store: Store, archive: Archive, before: datetime, by: By) -> int:
    later = aliased(GateVerdict)
    newer = select(later.id).where(
        later.product_id == GateVerdict.product_id,
        later.version == GateVerdict.version,
        later.id > GateVerdict.id,
    )
    old = and_(GateVerdict.asked_at < before, GateVerdict.day < before.date(), newer.exists())
    statement = select(GateVerdict).where(old).order_by(GateVerdict.id).limit(AT_ONCE)
    async with store.reading() as session:
        verdicts = (await session.scalars(statement)).all()
    rows = [_columns("verdict", verdict) for verdict in verdicts]
    condition = GateVerdict.id.in_([verdict.id for verdict in verdicts])
    return await _move(store, archive, rows, GateVerdict, condition, by)


def _columns(row: str, entity: Any) -> dict[str, Any]:
    names = (column.key for column in type(entity).__table__.columns)
    return {"row": row} | {name: getattr(entity, name) for name in names}


async def _move(
    store: Store,
    archive: Archive,
    rows: Sequence[dict[str, Any]],
    entity: Any,
    condition: ColumnElement[bool],
    by: By,
) -> int:
    """Write rows to the archive, and then delete them, with an entry that lists the batch."""
    if not rows:
        return 0
    batch = await asyncio.to_thread(archive.add, rows)
    async with store.writing() as session:
        statement = delete(entity).where(condition).execution_options(synchronize_session=False)
        if await outbox.change(session, statement) != len(rows):
            raise Changed
        append(session, by, ARCHIVED, batch.archive, details=msgspec.to_builtins(batch))
    return len(rows)
