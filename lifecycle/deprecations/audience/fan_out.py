"""Who gets a notice: its recipients are found, and its deliveries queued, in resumable chunks.

Chunks are ranges of accounts' numbers; each is one transaction, and done again it adds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import func, select

from lifecycle.accounts.models import Account
from lifecycle.deprecations.audience import moves
from lifecycle.deprecations.audience.affected import audience_of
from lifecycle.deprecations.audience.delivery_queue import deliver
from lifecycle.deprecations.audience.new_recipients import add_recipients, tell_new_days
from lifecycle.deprecations.audience.notice_recipients import recipients_of
from lifecycle.deprecations.audience.revision_scopes import Part, scope_of
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.models import Deprecation, Notice, Recipient, Revision
from lifecycle.deprecations.queries import content_of
from lifecycle.deprecations.states import UNFILLED, NoticeState, State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By

LARGEST_SINGLE_FILL: Final = 1_000
"""So many recipients are found and queued while announcing; more are left to chunks."""

LOOKED_THROUGH: Final = 5_000
"""Among more accounts than this, even counting the recipients is left to chunks."""

CHUNK: Final = 2_000
"""SQLite is locked for some 40 ms by so many."""

FINDING: Final = (Milestone.ANNOUNCEMENT, Milestone.AMENDMENT)
"""What goes to accounts that are not recipients yet, too."""


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
    notice.state = NoticeState.FILLING
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
    if notice.state not in UNFILLED:
        return False
    deprecation, revision = await _told_of(session, notice)
    if deprecation.state == State.WITHDRAWN and notice.milestone != Milestone.WITHDRAWAL:
        notice.state = NoticeState.CANCELLED
        return False
    notice.state = NoticeState.FILLING
    up_to, more = await _chunk_end(session, notice, chunk)
    if up_to is None:
        notice.state = NoticeState.FILLED
        return False
    part = Part(notice.filled_to, up_to)
    if notice.milestone in FINDING:
        await _find(session, deprecation, notice, revision, part, by=by, today=today)
    await deliver(
        session,
        deprecation,
        notice,
        recipients_of(notice),
        values=part.values,
        product=content_of(revision).product,
        by=msgspec.structs.replace(by, at=now),
    )
    notice.filled_to = up_to
    notice.state = NoticeState.FILLING if more else NoticeState.FILLED
    return more


async def _find(
    session: AsyncSession,
    deprecation: Deprecation,
    notice: Notice,
    revision: Revision,
    part: Part,
    *,
    by: By,
    today: date,
) -> None:
    scope = await scope_of(session, deprecation, revision, today=today)
    amended = notice.milestone == Milestone.AMENDMENT
    await add_recipients(session, scope, part, new=not amended)
    if amended:
        await tell_new_days(session, scope, part)
        await moves.note_moves(session, scope, part, by=by, uid=deprecation.uid)


async def _locked(session: AsyncSession, notice_id: int) -> Notice:
    statement = select(Notice).where(Notice.id == notice_id).with_for_update()
    return (await session.scalars(statement.execution_options(populate_existing=True))).one()


async def _told_of(session: AsyncSession, notice: Notice) -> tuple[Deprecation, Revision]:
    """Read what a notice tells of as it stands now, which is after the notice was locked."""
    statement = (
        select(Deprecation, Revision)
        .join(Revision, Revision.deprecation_id == Deprecation.id)
        .where(Deprecation.id == notice.deprecation_id, Revision.number == notice.number)
        .execution_options(populate_existing=True)
    )
    deprecation, revision = (await session.execute(statement)).one()
    return deprecation, revision


async def _are_few(
    session: AsyncSession, deprecation: Deprecation, notice: Notice, today: date
) -> bool:
    if await _count(session, select(Account.id), LOOKED_THROUGH) > LOOKED_THROUGH:
        return False
    recipients_of = select(Recipient.account_id).where(Recipient.deprecation_id == deprecation.id)
    recipients = await _count(session, recipients_of, LARGEST_SINGLE_FILL)
    if notice.milestone in FINDING:
        revision = await session.get_one(Revision, (deprecation.id, notice.number))
        scope = await scope_of(session, deprecation, revision, today=today)
        audience = audience_of(scope.form)
        recipients += await _count(session, audience, LARGEST_SINGLE_FILL, scope.values)
    return recipients <= LARGEST_SINGLE_FILL


async def _count(
    session: AsyncSession, rows: Select[Any], most: int, values: Mapping[str, Any] | None = None
) -> int:
    """Count rows, but no further than one more than ``most``."""
    first_rows = rows.limit(most + 1).subquery()
    return await session.scalar(select(func.count()).select_from(first_rows), values) or 0


async def _chunk_end(session: AsyncSession, notice: Notice, chunk: int) -> tuple[int | None, bool]:
    """Return the next chunk's last account number, None if it is empty, and whether more follow."""
    if notice.milestone in FINDING:
        number: Any = Account.id
        statement = select(number)
        if notice.fill_up_to is None:
            notice.fill_up_to = await session.scalar(select(func.max(number))) or 0
    else:
        number = Recipient.account_id
        statement = select(number).where(Recipient.deprecation_id == notice.deprecation_id)
    if notice.fill_up_to is not None:
        statement = statement.where(number <= notice.fill_up_to)
    chunk_rows = statement.where(number > notice.filled_to).order_by(number).limit(chunk).subquery()
    last = select(func.max(chunk_rows.c[0]).label("number")).subquery()
    ends = select(last.c.number, statement.where(number > last.c.number).exists())
    up_to, more = (await session.execute(ends)).one()
    return up_to, more
