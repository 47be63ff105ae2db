"""What one account was told of one deprecation: everything that was kept about it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select

from lifecycle.audit import queries as audit
from lifecycle.audit.chain import Entry
from lifecycle.catalogue.models import Product, Waiver
from lifecycle.catalogue.queries import zone_for
from lifecycle.deprecations import queries
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.evidence import deliveries
from lifecycle.deprecations.evidence.deliveries import AttemptOut
from lifecycle.deprecations.evidence.notice_given import days_had, days_promised, first_notified
from lifecycle.deprecations.models import Deprecation, Recipient, Revision
from lifecycle.deprecations.notices.notice_facts import NoticeWaiver
from notifications.identity import webhook_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.models import Account
    from lifecycle.deprecations.evidence.deliveries import Described
    from lifecycle.deprecations.models import Notice


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery with its attempts; ``webhook_id`` is the id under which it was sent."""

    webhook_id: str
    subscription: str
    channel: str
    state: str
    reason: str | None
    created_at: datetime
    delivered_at: datetime | None
    attempts: tuple[AttemptOut, ...]


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
    waiver: NoticeWaiver | None


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
    """Return everything that is kept about a deprecation and an account."""
    product = await session.get_one(Product, deprecation.product_id)
    recipient = await session.get(Recipient, (deprecation.id, account.id))
    tier = recipient.tier if recipient else None
    revisions = await _revisions(session, deprecation, tier)
    notices = await _notices(session, account, deprecation, revisions)
    zone = await zone_for(session, product.id, now)
    effective_on = recipient.effective_on if recipient else None
    stated = [
        (notice.told_day, delivery.delivered_at)
        for notice in notices
        for delivery in notice.deliveries
    ]
    told_on = first_notified(stated, effective_on, zone) if effective_on else None
    first = next((row for row in revisions if recipient and row.number == recipient.number), None)
    owed = first.owed if first else None
    return Proof(
        deprecation=deprecation.uid,
        product=product.slug,
        product_name=product.name or product.slug,
        state=deprecation.state,
        announced_on=deprecation.announced_on,
        content=queries.content_of(deprecation),
        recipient=_reached(recipient),
        told_on=told_on,
        days_of_notice=days_had(told_on, effective_on) if effective_on else None,
        promised=owed.get("period") if owed else None,
        promised_days=days_promised(owed, first.on) if first else None,
        revisions=revisions,
        notices=notices,
        audit=await audit.entries_about(session, product.slug, deprecation.uid),
    )


async def _revisions(
    session: AsyncSession, deprecation: Deprecation, tier: str | None
) -> tuple[Revised, ...]:
    statement = (
        select(Revision, Waiver)
        .outerjoin(Waiver, Waiver.id == Revision.waiver_id)
        .where(Revision.deprecation_id == deprecation.id)
        .order_by(Revision.number)
    )
    return tuple(_revised(row, waiver, tier) for row, waiver in await session.execute(statement))


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
        waiver=NoticeWaiver.of(waiver) if waiver else None,
    )


async def _notices(
    session: AsyncSession,
    account: Account,
    deprecation: Deprecation,
    revisions: Sequence[Revised],
) -> tuple[Noticed, ...]:
    days = {revision.number: revision.effective_on for revision in revisions}
    deliveries_by_notice: dict[int, list[Sent]] = {}
    for described in await deliveries.of_deprecation(session, deprecation, [account.slug]):
        if described.notice is not None:
            deliveries_by_notice.setdefault(described.notice.id, []).append(
                _sent(described, described.notice)
            )
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
            deliveries=tuple(deliveries_by_notice.get(row.id, ())),
        )
        for row in await queries.notices(session, deprecation)
    )


def _sent(described: Described, notice: Notice) -> Sent:
    delivery, subscription = described.delivery, described.subscription
    return Sent(
        webhook_id=webhook_id(notice.uid, subscription.uid),
        subscription=subscription.uid,
        channel=subscription.channel,
        state=delivery.state,
        reason=delivery.reason,
        created_at=delivery.created_at,
        delivered_at=delivery.delivered_at,
        attempts=tuple(AttemptOut.of(attempt) for attempt in described.attempts),
    )


def _reached(row: Recipient | None) -> Reached | None:
    if row is None:
        return None
    return Reached(
        tier=row.tier,
        affected=row.affected_now,
        why_possibly=row.why_possibly,
        effective_on=row.effective_on,
        found_on=row.found_on,
        why_not=row.why_not,
        moved_on=row.moved_on,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
    )
