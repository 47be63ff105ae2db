"""What one account was told of one deprecation: everything that was kept about it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select

from lifecycle.audit.chain import Entry
from lifecycle.audit.models import AuditEntry
from lifecycle.catalogue.models import Product, Waiver
from lifecycle.catalogue.queries import zones_of
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.models import Deprecation, Notice, Recipient, Revision
from lifecycle.deprecations.notices.messages import ToldWaiver
from lifecycle.deprecations.queries import content_of
from notifications.identity import webhook_id
from notifications.models import Attempt, Delivery, Subscription

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.models import Account

COLUMNS = tuple(getattr(AuditEntry, name) for name in Entry.__struct_fields__)


class TriedOnce(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt, and what the address answered."""

    at: datetime
    succeeded: bool
    status: int | None
    answer: str | None
    milliseconds: int
    body_sha256: str | None


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery with its attempts; ``webhook_id`` is the id under which it was sent."""

    webhook_id: str
    subscription: str
    channel: str
    state: str
    reason: str | None
    created_at: datetime
    delivered_at: datetime | None
    attempts: tuple[TriedOnce, ...]


class Noticed(msgspec.Struct, frozen=True, kw_only=True):
    """A notice, and where it went; ``told_day`` is the effective day that it told."""

    id: str
    milestone: str
    days_before: int | None
    revision: int
    due_on: date
    due_at: datetime
    state: str
    told_day: date | None
    deliveries: tuple[Sent, ...]


class Revised(msgspec.Struct, frozen=True, kw_only=True):
    """A revision; ``owed`` is what the account's tier was owed then, ``waiver`` what was waived."""

    number: int
    change: str
    on: date
    at: datetime
    by: str
    reason: str
    effective_on: date | None
    owed: dict[str, Any] | None
    waiver: ToldWaiver | None


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the account: found, acknowledged, moved, or why it could not be told."""

    tier: str
    affected: str
    why_possibly: str | None
    effective_on: date
    found_on: date
    why_not: str | None
    moved_on: date | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept about a deprecation and an account.

    ``told_on`` is the local day of the first successful delivery that told an effective day not
    after the one that holds; ``days_of_notice`` is from then to that day, ``promised_days`` what
    the revision that first reached the account owed it.
    """

    deprecation: str
    product: str
    product_name: str
    state: str
    announced_on: date | None
    content: DeprecationIn
    recipient: Reached | None
    told_on: date | None
    days_of_notice: int | None
    promised: str | None
    promised_days: int | None
    revisions: tuple[Revised, ...]
    notices: tuple[Noticed, ...]
    audit: tuple[Entry, ...]


async def proof(
    session: AsyncSession, account: Account, deprecation: Deprecation, now: datetime
) -> Proof:
    """Give all that is kept about a deprecation and an account."""
    product = await session.get_one(Product, deprecation.product_id)
    recipient = await session.get(Recipient, (deprecation.id, account.id))
    tier = recipient.tier if recipient else None
    revisions = await _revisions(session, deprecation, tier)
    notices = await _notices(session, account, deprecation, revisions)
    zone = (await zones_of(session, {product.id}, now))[product.id]
    effective_on = recipient.effective_on if recipient else None
    told_on = first_told(notices, effective_on, zone)
    first = next(
        (each for each in revisions if recipient and each.number == recipient.number), None
    )
    owed = first.owed if first else None
    return Proof(
        deprecation=deprecation.uid,
        product=product.slug,
        product_name=product.name or product.slug,
        state=deprecation.state,
        announced_on=deprecation.announced_on,
        content=content_of(deprecation),
        recipient=_reached(recipient),
        told_on=told_on,
        days_of_notice=(effective_on - told_on).days if effective_on and told_on else None,
        promised=owed.get("period") if owed else None,
        promised_days=_promised(owed, first.on) if owed and first else None,
        revisions=revisions,
        notices=notices,
        audit=await entries(session, product.slug, deprecation.uid),
    )


def first_told(
    notices: Sequence[Noticed], effective_on: date | None, zone: ZoneInfo
) -> date | None:
    """Give the first day on which something arrived that told this effective day, or an earlier.

    Who was told a later day first, and then had it brought forward, has the notice of the second.
    """
    if effective_on is None:
        return None
    arrived = [
        sent.delivered_at
        for notice in notices
        if notice.told_day is not None and notice.told_day <= effective_on
        for sent in notice.deliveries
        if sent.delivered_at is not None
    ]
    return min(arrived).astimezone(zone).date() if arrived else None


async def entries(session: AsyncSession, product: str | None, subject: str) -> tuple[Entry, ...]:
    """Give the audit entries about a subject, each whole, so that its hash can be worked out."""
    found = select(*COLUMNS).where(AuditEntry.product == product, AuditEntry.subject == subject)
    rows = await session.execute(found.order_by(AuditEntry.seq))
    return tuple(Entry(*row) for row in rows)


async def _revisions(
    session: AsyncSession, deprecation: Deprecation, tier: str | None
) -> tuple[Revised, ...]:
    found = (
        select(Revision, Waiver)
        .outerjoin(Waiver, Waiver.id == Revision.waiver_id)
        .where(Revision.deprecation_id == deprecation.id)
        .order_by(Revision.number)
    )
    return tuple(_revised(row, waiver, tier) for row, waiver in await session.execute(found))


def _revised(row: Revision, waiver: Waiver | None, tier: str | None) -> Revised:
    day = row.days.get(tier or "")
    return Revised(
        number=row.number,
        change=row.change,
        on=row.on_day,
        at=row.at,
        by=row.actor,
        reason=row.reason,
        effective_on=date.fromisoformat(day) if day else None,
        owed=row.owed.get(tier or ""),
        waiver=_waived(waiver),
    )


async def _notices(
    session: AsyncSession,
    account: Account,
    deprecation: Deprecation,
    revisions: Sequence[Revised],
) -> tuple[Noticed, ...]:
    found = select(Notice).where(Notice.deprecation_id == deprecation.id)
    rows = (await session.scalars(found.order_by(Notice.due_at, Notice.id))).all()
    days = {each.number: each.effective_on for each in revisions}
    sent = await _sent(session, account, deprecation, {row.id: row.uid for row in rows})
    return tuple(
        Noticed(
            id=row.uid,
            milestone=row.milestone,
            days_before=row.days_before,
            revision=row.number,
            due_on=row.due_on,
            due_at=row.due_at,
            state=row.state,
            told_day=days.get(row.number),
            deliveries=tuple(sent.get(row.id, ())),
        )
        for row in rows
    )


async def _sent(
    session: AsyncSession, account: Account, deprecation: Deprecation, uids: dict[int, str]
) -> dict[int, list[Sent]]:
    own = (Delivery.owner == account.slug, Delivery.thread == deprecation.id)
    tried: dict[int, list[TriedOnce]] = {}
    found = select(Attempt).join(Delivery, Delivery.id == Attempt.delivery_id).where(*own)
    for attempt in await session.scalars(found.order_by(Attempt.at, Attempt.id)):
        tried.setdefault(attempt.delivery_id, []).append(_tried(attempt))
    sent: dict[int, list[Sent]] = {}
    deliveries = (
        select(Delivery, Subscription.uid, Subscription.channel)
        .join(Subscription, Subscription.id == Delivery.subscription_id)
        .where(*own)
        .order_by(Delivery.id)
    )
    for row, uid, channel in await session.execute(deliveries):
        if row.notice_id not in uids:
            continue
        sent.setdefault(row.notice_id, []).append(
            Sent(
                webhook_id=webhook_id(uids[row.notice_id], uid),
                subscription=uid,
                channel=channel,
                state=row.state,
                reason=row.reason,
                created_at=row.created_at,
                delivered_at=row.delivered_at,
                attempts=tuple(tried.get(row.id, ())),
            )
        )
    return sent


def _tried(attempt: Attempt) -> TriedOnce:
    return TriedOnce(
        at=attempt.at,
        succeeded=attempt.succeeded,
        status=attempt.status,
        answer=attempt.answer,
        milliseconds=attempt.milliseconds,
        body_sha256=attempt.body_sha256,
    )


def _waived(row: Waiver | None) -> ToldWaiver | None:
    if row is None:
        return None
    return ToldWaiver(row.person, row.reason, row.explanation, row.until)


def _reached(row: Recipient | None) -> Reached | None:
    if row is None:
        return None
    return Reached(**{name: getattr(row, name) for name in Reached.__struct_fields__})


def _promised(owed: dict[str, Any], on: date) -> int | None:
    earliest = owed.get("earliest")
    return (date.fromisoformat(earliest) - on).days if earliest else None
