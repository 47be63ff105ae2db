"""How notices stand: which are still to be sent, and to whom, without what they would say."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import select

from lifecycle.accounts.models import Account
from lifecycle.calendar.zones import instant_of, local_day
from lifecycle.catalogue.models import Product
from lifecycle.catalogue.queries import zones_of
from lifecycle.deprecations.audience.affected import tier_of
from lifecycle.deprecations.audience.moves import find_unnoted
from lifecycle.deprecations.audience.revision_scopes import scope_of
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.models import Deprecation, Notice, Recipient, Revision
from lifecycle.deprecations.states import NoticeState, State

if TYPE_CHECKING:
    from collections.abc import Collection
    from zoneinfo import ZoneInfo

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncSession

ONLY_WHILE_AFFECTED: Final = frozenset({Milestone.REMINDER, Milestone.EFFECTIVE})
"""The milestones that concern nobody who runs nothing affected any more."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A notice, and how its deprecation stands now: ``newest`` is its latest revision."""

    id: int
    notice: str
    milestone: Milestone
    number: int
    cancelled: bool
    deprecation_id: int
    state: State
    newest: int
    product_id: int
    product: str
    today: date
    day_began: datetime
    created_at: datetime
    due_at: datetime


class RecipientStanding(NamedTuple):
    """The day a change takes effect for a recipient, and whether it runs nothing affected now.

    ``gone`` is looked up only for the notices that it stops.
    """

    effective_on: date
    gone: bool


class NoticeStandings(msgspec.Struct, frozen=True):
    """How notices stand, by their numbers, and their recipients, by deprecation and account."""

    notices: dict[int, Standing]
    rows: dict[tuple[int, str], Any]
    gone: frozenset[tuple[int, int]] = frozenset()
    """Of notices that this stops: deprecations, and accounts that run nothing affected now."""

    def why_not_sent(self, notice_id: int | None, owner: str) -> str | None:
        """Say why a notice is no longer to be sent to an account, if it is not."""
        standing = self.notices.get(notice_id or 0)
        if standing is None:
            return "the notice no longer exists"
        row = self.rows.get((standing.deprecation_id, owner))
        if row is None:
            return why_not_sent(standing, None)
        has_moved = (standing.deprecation_id, row.account_id) in self.gone
        return why_not_sent(standing, RecipientStanding(row.effective_on, has_moved))


def why_not_sent(standing: Standing, recipient: RecipientStanding | None) -> str | None:
    """Say why a notice is no longer to be sent, if it is not; None is whom it does not concern."""
    milestone = standing.milestone
    if standing.cancelled:
        return "the notice was cancelled"
    if standing.state is State.WITHDRAWN and milestone is not Milestone.WITHDRAWAL:
        return "superseded: the deprecation was withdrawn"
    if standing.number < standing.newest:
        return f"superseded: revision {standing.newest} has its own notice"
    if recipient is None:
        return "the account is no longer concerned"
    if recipient.gone and milestone in ONLY_WHILE_AFFECTED:
        return "the account has moved: it no longer runs anything affected"
    if milestone is Milestone.REMINDER and recipient.effective_on <= standing.today:
        return f"too late for a reminder: it took effect on {recipient.effective_on}"
    return None


async def load_standings(
    session: AsyncSession,
    notices: Collection[int | None],
    owners: Collection[str],
    now: datetime,
) -> NoticeStandings:
    """Return how notices to some accounts stand, and who of these runs nothing affected now."""
    standings = await standings_of(session, Notice.id.in_(notices), owners, now)
    return msgspec.structs.replace(standings, gone=await _gone(session, standings))


async def standings_of(
    session: AsyncSession,
    condition: ColumnElement[bool],
    owners: Collection[str],
    now: datetime,
) -> NoticeStandings:
    """Return how the notices of a condition stand, and their recipients among some accounts."""
    notices = await _notices(session, condition, now)
    concerned = {notice.deprecation_id for notice in notices.values()}
    rows = await _recipients(session, concerned, owners, now.astimezone(UTC).date())
    return NoticeStandings(notices, rows)


async def _gone(session: AsyncSession, standings: NoticeStandings) -> frozenset[tuple[int, int]]:
    """Find who runs nothing affected at this moment, where that stops a notice."""
    concerned = {
        notice.deprecation_id: notice
        for notice in standings.notices.values()
        if notice.milestone in ONLY_WHILE_AFFECTED
        and notice.state == State.ANNOUNCED
        and not notice.cancelled
        and notice.number == notice.newest
    }
    stopped: set[tuple[int, int]] = set()
    for number, standing in concerned.items():
        moved = {
            r.account_id: r.moved_on is not None
            for (deprecation_id, _), r in standings.rows.items()
            if deprecation_id == number
        }
        deprecation = await session.get_one(Deprecation, number)
        revision = await session.get_one(Revision, (number, standing.newest))
        scope = await scope_of(session, deprecation, revision, today=standing.today)
        unnoted = await find_unnoted(session, scope, frozenset(moved))
        stopped |= {
            (number, notice) for notice, noted in moved.items() if noted != (notice in unnoted)
        }
    return frozenset(stopped)


async def _notices(
    session: AsyncSession, condition: ColumnElement[bool], now: datetime
) -> dict[int, Standing]:
    statement = (
        select(
            Notice.id,
            Notice.uid.label("notice"),
            Notice.milestone,
            Notice.number,
            Notice.state.label("notice_state"),
            Notice.deprecation_id,
            Notice.created_at,
            Notice.due_at,
            Deprecation.state,
            Deprecation.number.label("newest"),
            Deprecation.product_id,
            Product.slug.label("product"),
        )
        .join(Deprecation, Deprecation.id == Notice.deprecation_id)
        .join(Product, Product.id == Deprecation.product_id)
        .where(condition)
    )
    rows = (await session.execute(statement)).all()
    zones = await zones_of(session, {row.product_id for row in rows}, now)
    return {row.id: _standing_on(row, zones[row.product_id], now) for row in rows}


def _standing_on(row: Any, zone: ZoneInfo, now: datetime) -> Standing:
    today = local_day(now, zone)
    return Standing(
        id=row.id,
        notice=row.notice,
        milestone=Milestone(row.milestone),
        number=row.number,
        cancelled=row.notice_state == NoticeState.CANCELLED,
        deprecation_id=row.deprecation_id,
        state=State(row.state),
        newest=row.newest,
        product_id=row.product_id,
        product=row.product,
        today=today,
        day_began=instant_of(today, time(), zone),
        created_at=row.created_at,
        due_at=row.due_at,
    )


async def _recipients(
    session: AsyncSession, concerned: Collection[int], owners: Collection[str], today: date
) -> dict[tuple[int, str], Any]:
    statement = (
        select(
            Recipient.deprecation_id,
            Recipient.account_id,
            Recipient.tier,
            Recipient.affected,
            Recipient.why_possibly,
            Recipient.effective_on,
            Recipient.number,
            Recipient.moved_on,
            Recipient.acknowledged_at,
            Account.slug,
            Account.name,
            tier_of(Account.id, today).label("own_tier"),
        )
        .join(Account, Account.id == Recipient.account_id)
        .where(Recipient.deprecation_id.in_(concerned), Account.slug.in_(owners))
    )
    return {(row.deprecation_id, row.slug): row for row in await session.execute(statement)}
