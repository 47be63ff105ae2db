"""Who was told of announcements: the counts that rules about accounts look at."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from sqlalchemy import and_, case, exists, func, or_, select

from lifecycle.accounts.models import Account
from lifecycle.calendar.lengths import add_days
from lifecycle.calendar.zones import local_day
from lifecycle.deprecations.audience.fan_out import FINDING
from lifecycle.deprecations.evidence.notice_given import days_promised
from lifecycle.deprecations.models import Notice, Recipient, Revision
from lifecycle.deprecations.states import UNFILLED, Affected
from lifecycle.gate.scenes import Audience
from notifications.models import Attempt, Delivery, DeliveryKind, Subscription

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.deprecations.announced import Announced


class _Late(msgspec.Struct, frozen=True):
    """Who was told later than on the last day that left what was promised; by tier."""

    accounts: dict[str, int] = {}
    fewest_days: int | None = None
    promised_days: int | None = None


class _Limit(NamedTuple):
    """From when on it is late to tell a tier of a day; ``promised`` counts days of notice."""

    deprecation_id: int
    tier: str
    until: date
    promised: int
    first: datetime


async def revisions_of(
    session: AsyncSession, announced: Iterable[Announced]
) -> dict[int, list[Revision]]:
    """Return what was announced and amended of several, by their numbers, the oldest first."""
    ids = [deprecation.id for deprecation in announced]
    statement = select(Revision).where(Revision.deprecation_id.in_(ids)).order_by(Revision.number)
    rows: dict[int, list[Revision]] = {number: [] for number in ids}
    for row in await session.scalars(statement):
        rows[row.deprecation_id].append(row)
    return rows


async def audiences(
    session: AsyncSession,
    announced: Sequence[Announced],
    revisions: Mapping[int, Sequence[Revision]],
    *,
    at: date,
    day: date,
    zone: ZoneInfo,
) -> dict[int, Audience]:
    """Count those surely affected that have not moved away; days of notice count up to ``day``."""
    ids = [deprecation.id for deprecation in announced]
    unfilled = await _unfilled(session, ids, at)
    late = await _told_late(session, announced, revisions, day=day, zone=zone)
    affected: defaultdict[int, dict[str, int]] = defaultdict(dict)
    not_told: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for number, tier, count, untold in await _affected(session, ids):
        affected[number][tier] = count
        if untold:
            not_told[number][tier] = untold
    return {
        number: Audience(
            affected=affected[number],
            not_told=not_told[number],
            told_late=late[number].accounts,
            fewest_days=late[number].fewest_days,
            promised_days=late[number].promised_days,
            unfilled=number in unfilled,
        )
        for number in ids
    }


async def _affected(session: AsyncSession, ids: Sequence[int]) -> Any:
    """Count by tier who is affected, and who of them was neither told nor has a reason."""
    untold = and_(Recipient.why_not.is_(None), ~_has_delivery())
    keys = (Recipient.deprecation_id, Recipient.tier)
    statement = (
        select(*keys, func.count(), func.sum(case((untold, 1), else_=0)))
        .join(Account, Account.id == Recipient.account_id)
        .where(Recipient.deprecation_id.in_(ids))
        .where(Recipient.affected == Affected.YES, Recipient.moved_on.is_(None))
    )
    return await session.execute(statement.group_by(*keys).order_by(*keys))


def _has_delivery() -> Any:
    """Select accounts with a try, or a delivery that says why it was not tried."""
    tried = or_(
        Delivery.first_tried_at.is_not(None),
        Delivery.delivered_at.is_not(None),
        Delivery.reason.is_not(None),
    )
    own = (Delivery.owner == Account.slug, Delivery.thread == Recipient.deprecation_id)
    return exists().where(*own, tried)


async def _unfilled(session: AsyncSession, ids: Sequence[int], at: date) -> set[int]:
    statement = select(Notice.deprecation_id).where(
        Notice.deprecation_id.in_(ids),
        Notice.milestone.in_(FINDING),
        Notice.state.in_(UNFILLED),
        Notice.due_on <= at,
    )
    return set(await session.scalars(statement))


async def _told_late(
    session: AsyncSession,
    announced: Sequence[Announced],
    revisions: Mapping[int, Sequence[Revision]],
    *,
    day: date,
    zone: ZoneInfo,
) -> dict[int, _Late]:
    """Find who was affected at the announcement and heard of it with fewer days than promised."""
    ids = [deprecation.id for deprecation in announced]
    promised = {number: _promised(revisions[number]) for number in ids}
    keys = (Recipient.deprecation_id, Recipient.tier, Recipient.effective_on)
    statement = select(*keys).where(Recipient.deprecation_id.in_(promised), _AT_FIRST).distinct()
    limits = {
        (number, tier, until): _limit(number, tier, until, promised[number][tier], day, zone)
        for number, tier, until in await session.execute(statement)
        if tier in promised[number]
    }
    accounts: defaultdict[int, dict[str, int]] = defaultdict(dict)
    days_by_account: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, tier, until, count, last in await _later(session, announced, limits.values()):
        accounts[number][tier] = accounts[number].get(tier, 0) + count
        days = (max(until, day) - local_day(last, zone)).days
        days_by_account[number].append((days, limits[number, tier, until].promised))
    return {
        number: _Late(
            dict(sorted(accounts[number].items())), *min(days_by_account[number], default=())
        )
        for number in ids
    }


async def _later(
    session: AsyncSession, announced: Sequence[Announced], limits: Iterable[_Limit]
) -> Any:
    """Count who was told at a limit or later, with the last instant of them."""
    first = _first_tries(announced).subquery()
    late = [
        and_(
            first.c.deprecation_id == limit.deprecation_id,
            first.c.tier == limit.tier,
            first.c.effective_on == limit.until,
            first.c.first >= limit.first,
        )
        for limit in limits
    ]
    if not late:
        return ()
    keys = (first.c.deprecation_id, first.c.tier, first.c.effective_on)
    statement = select(*keys, func.count(), func.max(first.c.first)).where(or_(*late))
    return await session.execute(statement.group_by(*keys))


_AT_FIRST = and_(Recipient.affected == Affected.YES, Recipient.number == 1)


def _first_tries(announced: Sequence[Announced]) -> Any:
    """Select the first try for each account, at an address it had given at the announcement."""
    keys = (Recipient.deprecation_id, Recipient.account_id, Recipient.tier, Recipient.effective_on)
    own = and_(Delivery.owner == Account.slug, Delivery.thread == Recipient.deprecation_id)
    counts = or_(
        *(
            and_(
                Recipient.deprecation_id == deprecation.id,
                Recipient.found_on <= deprecation.announced_on,
                Subscription.created_at <= deprecation.announced_at,
            )
            for deprecation in announced
        )
    )
    return (
        select(*keys, func.min(Attempt.at).label("first"))
        .join(Account, Account.id == Recipient.account_id)
        .join(Delivery, own)
        .join(Subscription, Subscription.id == Delivery.subscription_id)
        .join(Attempt, Attempt.delivery_id == Delivery.id)
        .where(Recipient.deprecation_id.in_([deprecation.id for deprecation in announced]))
        .where(_AT_FIRST, counts, Delivery.kind == DeliveryKind.NOTICE)
        .group_by(*keys)
    )


def _promised(revisions: Sequence[Revision]) -> dict[str, int]:
    """Return how many days each tier was owed by the announcement."""
    first = next((revision for revision in revisions if revision.number == 1), None)
    if first is None:
        return {}
    promised = {tier: days_promised(owed, first.on_day) for tier, owed in first.owed.items()}
    return {tier: days for tier, days in promised.items() if days is not None}


def _limit(number: int, tier: str, until: date, promised: int, day: date, zone: ZoneInfo) -> _Limit:
    last = add_days(max(until, day), -promised)
    midnight = datetime.combine(add_days(last, 1), time(), zone)
    return _Limit(number, tier, until, promised, midnight)
