"""Who gets a notice: its recipients are found, and its deliveries queued, in resumable chunks.

Chunks are ranges of accounts' numbers; each is one transaction, and done again it adds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import (
    Date,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)

from lifecycle.accounts.models import Account
from lifecycle.audit.actions import append
from lifecycle.database.inserts import insert_missing
from lifecycle.deprecations.audience import moves
from lifecycle.deprecations.audience.affected import Part, audience_of, scope_of
from lifecycle.deprecations.audience.moves import digest, why_not
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.models import Deprecation, Notice, Recipient, Revision
from lifecycle.deprecations.queries import content_of
from lifecycle.deprecations.states import State
from notifications import outbox
from notifications.models import Delivery

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.deprecations.audience.affected import Scope

AT_ONCE: Final = 1_000
"""So many recipients are found and queued while announcing; more are left to chunks."""

LOOKED_THROUGH: Final = 5_000
"""Among more accounts than this, even counting the recipients is left to chunks."""

CHUNK: Final = 2_000
"""SQLite is locked for some 40 ms by so many."""

FINDING: Final = (Milestone.ANNOUNCEMENT, Milestone.AMENDMENT)
"""What goes to accounts that are not recipients yet, too."""

COLUMNS: Final = [
    "deprecation_id",
    "account_id",
    "tier",
    "affected",
    "why_possibly",
    "effective_on",
    "number",
    "found_on",
    "why_not",
]


async def begin(
    session: AsyncSession,
    deprecation: Deprecation,
    notice: Notice,
    *,
    by: By,
    now: datetime,
    today: date,
) -> None:
    """Fill a notice at once where few accounts get it; else leave it to ``fill_some``.

    Called in the transaction that announces; the time it takes does not grow with the audience.
    """
    await session.flush()
    notice.state = "filling"
    notice.fill_up_to = await session.scalar(select(func.max(Account.id))) or 0
    await session.flush()
    if await _are_few(session, deprecation, notice, today):
        await fill_some(session, notice, by=by, now=now, today=today, chunk=LOOKED_THROUGH)


async def fill_some(
    session: AsyncSession,
    notice: Notice,
    *,
    by: By,
    now: datetime,
    today: date,
    chunk: int = CHUNK,
) -> bool:
    """Queue a due notice to its next accounts, and say whether more are left for another call.

    Each call wants a transaction of its own. The recipients are those of the notice's revision; a
    cancelled notice, or one of a withdrawn deprecation, gets no more.
    """
    notice = await _locked(session, notice.id)
    if notice.state not in {"waiting", "filling"}:
        return False
    deprecation = await session.get_one(Deprecation, notice.deprecation_id, populate_existing=True)
    if deprecation.state == State.WITHDRAWN and notice.milestone != Milestone.WITHDRAWAL:
        notice.state = "cancelled"
        return False
    notice.state = "filling"
    up_to = await _chunk_end(session, notice, chunk)
    if up_to is None:
        notice.state = "filled"
        return False
    part = Part(notice.filled_to, up_to)
    revision = await session.get_one(Revision, (deprecation.id, notice.number))
    if notice.milestone in FINDING:
        scope = await scope_of(session, deprecation, revision, today=today)
        await find(session, scope, part)
        if notice.milestone == Milestone.AMENDMENT:
            await _tell_new_days(session, scope, part)
            await moves.settle(session, scope, part, by=by, uid=deprecation.uid)
    audience = recipients_of(notice, part)
    product = content_of(revision).product
    await deliver(
        session,
        deprecation,
        notice,
        audience,
        product=product,
        by=msgspec.structs.replace(by, at=now),
    )
    notice.filled_to = up_to
    more = await _chunk_end(session, notice, 1) is not None
    notice.state = "filling" if more else "filled"
    return more


async def find(session: AsyncSession, scope: Scope, part: Part, *, joining: bool = False) -> None:
    """Make recipients of the affected accounts in a range that are none yet.

    Those ``joining`` after the announcement that are only possibly affected are left alone once
    their effective day has come: what lies behind is no news to whoever runs nothing of it.
    """
    found = audience_of(scope, part).subquery()
    rows = select(
        literal(scope.deprecation_id),
        found.c.account_id,
        found.c.tier,
        found.c.affected,
        found.c.why_possibly,
        found.c.effective_on,
        literal(scope.number),
        literal(scope.today, Date()),
        why_not(found.c.owner),
    ).where(found.c.account_id > part.above)
    if joining:
        rows = rows.where(or_(found.c.affected == "yes", found.c.effective_on > scope.today))
    await session.execute(insert_missing(session, Recipient.__table__, COLUMNS, rows))


async def deliver(
    session: AsyncSession,
    deprecation: Deprecation,
    notice: Notice,
    audience: Select[Any],
    *,
    product: str,
    by: By,
) -> None:
    """Queue a notice to some owners, take back what it supersedes, and note that in the log.

    To those who have it already it is not queued again; where all have it, nothing is noted.
    """
    owners = await _listed(session, audience)
    if not owners:
        return
    thread, topic = deprecation.id, f"product:{product}"
    counts = await outbox.enqueue(
        session, audience, notice_id=notice.id, thread=thread, topic=topic, now=by.at
    )
    if notice.state == "filled" and not counts.waiting + counts.held:
        return
    superseded = 0
    if notice.milestone != Milestone.ANNOUNCEMENT:
        superseded = await outbox.supersede(session, thread, notice.id, audience=audience)
    details = {
        "notice": notice.uid,
        "milestone": notice.milestone,
        "accounts": len(owners),
        "waiting": counts.waiting,
        "held": counts.held,
        "superseded": superseded,
        "accounts_sha256": digest(owners),
    }
    append(session, by, "notice.filled", deprecation.uid, product=product, details=details)


def recipients_of(notice: Notice, part: Part) -> Select[Any]:
    """Select the slugs, as ``owner``, of those recipients in a range that are told of a milestone.

    Reminders and the effective day are for those who have not moved, on the day announced to
    them; one possibly affected gets one reminder only. A withdrawal is for those told before.
    """
    found = (
        select(Account.slug.label("owner"))
        .join(Recipient, Recipient.account_id == Account.id)
        .where(Recipient.deprecation_id == notice.deprecation_id)
        .where(Recipient.account_id > part.above, Recipient.account_id <= part.up_to)
    )
    if notice.milestone == Milestone.WITHDRAWAL:
        found = found.where(_told(notice))
    if notice.effective_on is not None:
        found = found.where(Recipient.effective_on == notice.effective_on)
    if notice.milestone == Milestone.EFFECTIVE:
        found = found.where(Recipient.moved_on.is_(None), Recipient.affected == "yes")
    if notice.milestone == Milestone.REMINDER:
        sure_or_first = or_(Recipient.affected == "yes", ~_reminded(notice))
        found = found.where(Recipient.moved_on.is_(None), sure_or_first)
    return found


async def _listed(session: AsyncSession, audience: Select[Any]) -> list[str]:
    """Give the owners in an audience; as one text, which travels much faster than rows do."""
    found = audience.subquery()
    text: str | None = await session.scalar(select(func.aggregate_strings(found.c.owner, "\n")))
    return text.split("\n") if text else []


async def _locked(session: AsyncSession, notice_id: int) -> Notice:
    found = select(Notice).where(Notice.id == notice_id).with_for_update()
    return (await session.scalars(found.execution_options(populate_existing=True))).one()


async def _are_few(
    session: AsyncSession, deprecation: Deprecation, notice: Notice, today: date
) -> bool:
    if await _count(session, select(Account.id), LOOKED_THROUGH) > LOOKED_THROUGH:
        return False
    told = select(Recipient.account_id).where(Recipient.deprecation_id == deprecation.id)
    recipients = await _count(session, told, AT_ONCE)
    if notice.milestone in FINDING:
        revision = await session.get_one(Revision, (deprecation.id, notice.number))
        scope = await scope_of(session, deprecation, revision, today=today)
        recipients += await _count(session, audience_of(scope), AT_ONCE)
    return recipients <= AT_ONCE


async def _count(session: AsyncSession, found: Select[Any], most: int) -> int:
    """Count rows, but no further than one more than ``most``."""
    some = found.limit(most + 1).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


async def _chunk_end(session: AsyncSession, notice: Notice, chunk: int) -> int | None:
    """Give the last account number of the next chunk; None where no account is left."""
    if notice.milestone in FINDING:
        number: Any = Account.id
        found = select(number)
        if notice.fill_up_to is None:
            notice.fill_up_to = await session.scalar(select(func.max(number))) or 0
    else:
        number = Recipient.account_id
        found = select(number).where(Recipient.deprecation_id == notice.deprecation_id)
    found = found.where(number > notice.filled_to)
    if notice.fill_up_to is not None:
        found = found.where(number <= notice.fill_up_to)
    some = found.order_by(number).limit(chunk).subquery()
    last: int | None = await session.scalar(select(func.max(some.c[0])))
    return last


async def _tell_new_days(session: AsyncSession, scope: Scope, part: Part) -> None:
    """Move the day announced to each recipient to that of its tier in an amendment."""
    if not scope.days:
        return
    days = {tier: literal(day, Date()) for tier, day in scope.days.items()}
    now_on = case(days, value=Recipient.tier)
    changed = (
        update(Recipient)
        .where(Recipient.deprecation_id == scope.deprecation_id)
        .where(Recipient.account_id > part.above, Recipient.account_id <= part.up_to)
        .where(now_on != Recipient.effective_on)
        .values(effective_on=now_on)
        .execution_options(synchronize_session=False)
    )
    await session.execute(changed)


def _told(notice: Notice) -> ColumnElement[bool]:
    """Whether anything of the deprecation went, or is on its way, to an account."""
    return (
        exists()
        .where(Delivery.owner == Account.slug, Delivery.thread == notice.deprecation_id)
        .where(or_(Delivery.first_tried_at.is_not(None), Delivery.lease_owner.is_not(None)))
        .correlate(Account)
    )


def _reminded(notice: Notice) -> ColumnElement[bool]:
    """Whether an account has had another reminder of the same deprecation."""
    return (
        exists()
        .where(Delivery.owner == Account.slug, Delivery.thread == notice.deprecation_id)
        .where(Delivery.notice_id == Notice.id, Notice.id != notice.id)
        .where(Notice.milestone == Milestone.REMINDER)
        .correlate(Account)
    )
