"""Reach: what every account was told, when and with what outcome, beside what was promised."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from lifecycle.accounts.models import Account
from lifecycle.catalogue.models import Waiver
from lifecycle.catalogue.queries import zone_for
from lifecycle.database.pagination import page
from lifecycle.deprecations import queries
from lifecycle.deprecations.evidence import deliveries
from lifecycle.deprecations.evidence.deliveries import AttemptOut
from lifecycle.deprecations.evidence.notice_given import days_had, days_promised, first_notified
from lifecycle.deprecations.evidence.reach_counts import count_reach
from lifecycle.deprecations.models import Deprecation, Recipient, Revision
from lifecycle.deprecations.notices.notice_facts import NoticeWaiver
from notifications.channels import CHANNELS
from notifications.models import Attempt, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.deprecations.evidence.deliveries import Described

ACCEPTED = "accepted"
_NOT_ARRIVED: dict[str, str] = {
    DeliveryState.WAITING: "to be tried again",
    DeliveryState.HELD: "held back",
    DeliveryState.EXHAUSTED: "given up",
}
"""What becomes of a delivery that has not arrived, by its state."""


class ReachDeliveryOut(msgspec.Struct, frozen=True, kw_only=True):
    """One notice to one address; a chat service never says more than that it ``accepted`` it."""

    id: int
    notice: str
    milestone: str
    channel: str
    address_sha256: str
    state: str
    reason: str | None
    created_at: datetime
    delivered_at: datetime | None
    tries: int
    attempts: tuple[AttemptOut, ...]


class ReachAccountOut(msgspec.Struct, frozen=True, kw_only=True):
    """What one account was told, and did.

    ``days_of_notice`` run from the local day of its first successful delivery to its effective
    day, ``promised_days`` from the announcement to the earliest day its tier was owed.
    ``why_not`` is why it could not be notified; ``pending`` what its notice waits for until then.
    """

    account: str
    name: str
    tier: str
    affected: str
    why_possibly: str | None
    effective_on: date
    told_on: date | None
    days_of_notice: int | None
    promised_days: int | None
    deliveries: tuple[ReachDeliveryOut, ...]
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    moved_on: date | None
    why_not: str | None
    pending: str | None


class ReachWaiverOut(NoticeWaiver, frozen=True, kw_only=True):
    """The recorded decision under which a revision broke a promise."""

    id: str
    number: int


class ReachOut(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of accounts, and a page of them; told, acknowledged and moved are separate facts."""

    deprecation: str
    told: int
    not_told: int
    acknowledged: int
    moved: int
    waivers: tuple[ReachWaiverOut, ...]
    accounts: tuple[ReachAccountOut, ...]
    next: str | None


async def reach(
    session: AsyncSession,
    deprecation: Deprecation,
    *,
    now: datetime,
    account: Account | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> ReachOut:
    """Return the reach of a deprecation, the accounts by their numbers, or one account's alone.

    ``now`` decides in which zone the product's days are counted.
    """
    statement = select(Recipient).where(Recipient.deprecation_id == deprecation.id)
    if account is not None:
        statement = statement.where(Recipient.account_id == account.id)
    recipients = await page(session, statement, [Recipient.account_id], cursor=cursor, limit=limit)
    zone = await zone_for(session, deprecation.product_id, now)
    counts = await count_reach(session, [deprecation.id])
    return ReachOut(
        deprecation=deprecation.uid,
        **msgspec.structs.asdict(counts[deprecation.id]),
        waivers=await _waivers(session, deprecation),
        accounts=await _accounts(session, deprecation, recipients.items, zone),
        next=recipients.next,
    )


async def _waivers(session: AsyncSession, deprecation: Deprecation) -> tuple[ReachWaiverOut, ...]:
    statement = (
        select(Revision.number, Waiver)
        .join(Waiver, Waiver.id == Revision.waiver_id)
        .where(Revision.deprecation_id == deprecation.id)
        .order_by(Revision.number)
    )
    return tuple(
        ReachWaiverOut(
            id=waiver.uid,
            number=number,
            person=waiver.person,
            reason=waiver.reason,
            explanation=waiver.explanation,
            until=waiver.until,
        )
        for number, waiver in await session.execute(statement)
    )


async def _accounts(
    session: AsyncSession,
    deprecation: Deprecation,
    recipients: Sequence[Recipient],
    zone: ZoneInfo,
) -> tuple[ReachAccountOut, ...]:
    ids = [recipient.account_id for recipient in recipients]
    statement = select(Account).where(Account.id.in_(ids))
    accounts = {account.id: account for account in await session.scalars(statement)}
    slugs = [account.slug for account in accounts.values()]
    by_owner: dict[str, list[Described]] = {}
    for delivery in await deliveries.of_deprecation(session, deprecation, slugs):
        by_owner.setdefault(delivery.delivery.owner, []).append(delivery)
    revisions = {row.number: row for row in await queries.revisions(session, deprecation)}
    return tuple(
        _account(
            recipient,
            accounts[recipient.account_id],
            by_owner.get(accounts[recipient.account_id].slug, []),
            revisions,
            zone,
        )
        for recipient in recipients
    )


def _account(
    recipient: Recipient,
    account: Account,
    deliveries_sent: Sequence[Described],
    revisions: Mapping[int, Revision],
    zone: ZoneInfo,
) -> ReachAccountOut:
    stated = (
        (_day_stated(described, recipient, revisions), described.delivery.delivered_at)
        for described in deliveries_sent
    )
    told_on = first_notified(stated, recipient.effective_on, zone)
    return ReachAccountOut(
        account=account.slug,
        name=account.name,
        tier=recipient.tier,
        affected=recipient.affected_now,
        why_possibly=recipient.why_possibly,
        effective_on=recipient.effective_on,
        told_on=told_on,
        days_of_notice=days_had(told_on, recipient.effective_on),
        promised_days=_promised_days(recipient, revisions),
        deliveries=tuple(map(_delivery, deliveries_sent)),
        acknowledged_at=recipient.acknowledged_at,
        acknowledged_by=recipient.acknowledged_by,
        moved_on=recipient.moved_on,
        why_not=recipient.why_not,
        pending=None if told_on or recipient.why_not else _pending(deliveries_sent),
    )


def _pending(deliveries_sent: Sequence[Described]) -> str | None:
    """Say what the newest delivery that has not arrived waits for, or why it is not tried."""
    for described in reversed(deliveries_sent):
        delivery, attempts = described.delivery, described.attempts
        if delivery.state == DeliveryState.WAITING and not attempts:
            return "not tried yet"
        if delivery.state in _NOT_ARRIVED:
            reason = delivery.reason or (_answer(attempts[-1]) if attempts else "")
            return ": ".join(filter(None, (_NOT_ARRIVED[delivery.state], reason)))
    return None


def _answer(attempt: Attempt) -> str:
    words = f"{attempt.status or ''} {attempt.answer or ''}".strip()
    return f"the last answer was {words}"


def _promised_days(recipient: Recipient, revisions: Mapping[int, Revision]) -> int | None:
    """Count the days that the revision which first reached the account owed its tier."""
    revision = revisions.get(recipient.number)
    return days_promised(revision.owed.get(recipient.tier), revision.on_day) if revision else None


def _delivery(described: Described) -> ReachDeliveryOut:
    delivery, subscription = described.delivery, described.subscription
    channel = CHANNELS.get(subscription.channel)
    accepted = channel and channel.only_accepts and delivery.state == DeliveryState.DELIVERED
    return ReachDeliveryOut(
        id=delivery.id,
        notice=described.notice.uid if described.notice else "",
        milestone=described.notice.milestone if described.notice else "",
        channel=subscription.channel,
        address_sha256=subscription.address_digest,
        state=ACCEPTED if accepted else delivery.state,
        reason=delivery.reason,
        created_at=delivery.created_at,
        delivered_at=delivery.delivered_at,
        tries=delivery.tries,
        attempts=tuple(AttemptOut.of(attempt) for attempt in described.attempts),
    )


def _day_stated(
    described: Described, recipient: Recipient, revisions: Mapping[int, Revision]
) -> date | None:
    """Return the effective day that a notice stated to an account."""
    revision = revisions.get(described.notice.number) if described.notice else None
    day = revision.days.get(recipient.tier) if revision else None
    return date.fromisoformat(day) if day else None
