"""Who was told of an announcement: the counts that rules about accounts look at."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import and_, exists, func, or_, select

from lifecycle.accounts.models import Account
from lifecycle.calendar.lengths import add_days
from lifecycle.calendar.zones import local_day
from lifecycle.deprecations.models import Notice, Recipient, Revision
from lifecycle.gate.scenes import Audience
from notifications.models import Attempt, Delivery, DeliveryKind, Subscription

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.deprecations.announced import Announced

FILLING = ("waiting", "filling")
TELLING = ("announcement", "amendment")


class _Late(msgspec.Struct, frozen=True):
    """Who was told later than on the last day that left what was promised; by tier."""

    accounts: dict[str, int] = {}
    fewest_days: int | None = None
    promised_days: int | None = None


async def audience(
    session: AsyncSession, announced: Announced, *, at: date, day: date, zone: ZoneInfo
) -> Audience:
    """Count those surely affected that have not moved away; days of notice count up to ``day``."""
    here = Recipient.deprecation_id == announced.id
    affected = and_(here, Recipient.affected == "yes", Recipient.moved_on.is_(None))
    late = await _told_late(session, announced, day=day, zone=zone)
    return Audience(
        affected=await _by_tier(session, affected),
        not_told=await _by_tier(
            session, and_(affected, Recipient.why_not.is_(None), ~_has_delivery(announced.id))
        ),
        told_late=late.accounts,
        fewest_days=late.fewest_days,
        promised_days=late.promised_days,
        unfilled=await _is_unfilled(session, announced, at),
    )


async def _by_tier(session: AsyncSession, matching: Any) -> dict[str, int]:
    found = (
        select(Recipient.tier, func.count())
        .join(Account, Account.id == Recipient.account_id)
        .where(matching)
        .group_by(Recipient.tier)
        .order_by(Recipient.tier)
    )
    return {row.tier: row[1] for row in await session.execute(found)}


def _has_delivery(thread: int) -> Any:
    """Select accounts with a try, or a delivery that says why it was not tried."""
    tried = or_(
        Delivery.first_tried_at.is_not(None),
        Delivery.delivered_at.is_not(None),
        Delivery.reason.is_not(None),
    )
    return exists().where(Delivery.owner == Account.slug, Delivery.thread == thread, tried)


async def _is_unfilled(session: AsyncSession, announced: Announced, at: date) -> bool:
    found = select(Notice.id).where(
        Notice.deprecation_id == announced.id,
        Notice.milestone.in_(TELLING),
        Notice.state.in_(FILLING),
        Notice.due_on <= at,
    )
    return await session.scalar(found.limit(1)) is not None


async def _told_late(
    session: AsyncSession, announced: Announced, *, day: date, zone: ZoneInfo
) -> _Late:
    """Find who was affected at the announcement and heard of it with fewer days than promised."""
    promised = await _promised(session, announced.id)
    first = _first_tries(announced).subquery()
    days = select(first.c.tier, first.c.effective_on).distinct()
    limits = [
        (tier, until, _midnight_after(add_days(max(until, day), -promised[tier]), zone))
        for tier, until in await session.execute(days)
        if tier in promised
    ]
    if not limits:
        return _Late()
    late = or_(
        *(
            and_(first.c.tier == tier, first.c.effective_on == until, first.c.first >= limit)
            for tier, until, limit in limits
        )
    )
    found = (
        select(first.c.tier, first.c.effective_on, func.count(), func.max(first.c.first))
        .where(late)
        .group_by(first.c.tier, first.c.effective_on)
    )
    accounts: dict[str, int] = {}
    had: list[tuple[int, int]] = []
    for tier, until, count, last in await session.execute(found):
        accounts[tier] = accounts.get(tier, 0) + count
        had.append(((max(until, day) - local_day(last, zone)).days, promised[tier]))
    fewest, owed = min(had, default=(None, None))
    return _Late(dict(sorted(accounts.items())), fewest, owed)


def _first_tries(announced: Announced) -> Any:
    """Select the first try for each account, at an address it had given at the announcement."""
    return (
        select(
            Recipient.account_id,
            Recipient.tier,
            Recipient.effective_on,
            func.min(Attempt.at).label("first"),
        )
        .join(Account, Account.id == Recipient.account_id)
        .join(Delivery, and_(Delivery.owner == Account.slug, Delivery.thread == announced.id))
        .join(Subscription, Subscription.id == Delivery.subscription_id)
        .join(Attempt, Attempt.delivery_id == Delivery.id)
        .where(
            Recipient.deprecation_id == announced.id,
            Recipient.affected == "yes",
            Recipient.number == 1,
            Recipient.found_on <= announced.announced_on,
            Delivery.kind == DeliveryKind.NOTICE,
            Subscription.created_at <= announced.announced_at,
        )
        .group_by(Recipient.account_id, Recipient.tier, Recipient.effective_on)
    )


async def _promised(session: AsyncSession, deprecation_id: int) -> dict[str, int]:
    """Give how many days each tier was owed by the announcement."""
    found = select(Revision).where(Revision.deprecation_id == deprecation_id, Revision.number == 1)
    revision = await session.scalar(found)
    if revision is None:
        return {}
    return {
        tier: (date.fromisoformat(owed["earliest"]) - revision.on_day).days
        for tier, owed in revision.owed.items()
    }


def _midnight_after(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone)
