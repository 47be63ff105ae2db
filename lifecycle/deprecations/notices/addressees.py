"""What recipients are told: read for a whole batch at once, and kept where all are told alike."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import select

from lifecycle.accounts.models import Account, Instance
from lifecycle.calendar.zones import instant_of, local_day
from lifecycle.catalogue.models import Product
from lifecycle.catalogue.queries import zones_of
from lifecycle.deprecations.affected_instances import is_affected
from lifecycle.deprecations.audience.affected import tier_of
from lifecycle.deprecations.audience.moves import find_unnoted
from lifecycle.deprecations.audience.revision_scopes import scope_of
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.models import Deprecation, Notice, Recipient, Revision, Target
from lifecycle.deprecations.notices.content import Common, Shared, Standing
from lifecycle.deprecations.notices.notice_facts import Addressee, AffectedInstance
from lifecycle.deprecations.queries import acknowledgement
from lifecycle.deprecations.states import Affected, NoticeState, State

if TYPE_CHECKING:
    from collections.abc import Collection
    from zoneinfo import ZoneInfo

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncSession

ONLY_WHILE_AFFECTED: Final = frozenset({Milestone.REMINDER, Milestone.EFFECTIVE})
"""The milestones that concern nobody who runs nothing affected any more."""


class AddresseeState(msgspec.Struct, frozen=True):
    """What an account is told in a notice, and when a person there said to have read it."""

    addressee: Addressee
    acknowledged_at: datetime | None
    gone: bool = False


class NoticeBatch(msgspec.Struct, frozen=True):
    """All that a batch needs: notices by number, recipients by deprecation and account."""

    standing: dict[int, Standing]
    shared: dict[int, Shared]
    rows: dict[tuple[int, str], Any]
    instances: dict[tuple[int, int], list[Any]]
    gone: frozenset[tuple[int, int]] = frozenset()
    """Of notices that this stops: deprecations, and accounts that run nothing affected now."""

    def addressee_of(self, standing: Standing, owner: str) -> AddresseeState | None:
        """Return what an account is told in a notice; None if it is no recipient."""
        row = self.rows.get((standing.deprecation_id, owner))
        shared = self.shared.get(standing.id)
        if row is None or shared is None:
            return None
        before = shared.before.get(row.tier) if row.number < standing.number else None
        addressee = Addressee(
            about=shared.about,
            today=standing.today,
            account=row.slug,
            account_name=row.name or row.slug,
            tier=row.tier,
            affected=Affected(row.affected),
            why=row.why_possibly,
            effective_on=row.effective_on,
            moved_on=row.moved_on,
            previously_on=before if before != row.effective_on else None,
            instances=self._instances(standing, shared, row),
        )
        has_moved = (standing.deprecation_id, row.account_id) in self.gone
        acknowledged_at = acknowledgement(
            row.acknowledged_at, created_at=standing.created_at, due_at=standing.due_at
        )
        return AddresseeState(addressee, acknowledged_at, gone=has_moved)

    def _instances(
        self, standing: Standing, shared: Shared, row: Any
    ) -> tuple[AffectedInstance, ...]:
        """Pick those affected; a revision without versions of its own has its predecessor's."""
        rows = self.instances.get((standing.deprecation_id, row.account_id), [])
        numbers = [row.number for row in rows if row.number <= standing.number]
        scope = shared.about.what
        return tuple(
            AffectedInstance(instance.name, instance.version, instance.environment)
            for instance in rows
            if instance.number == max(numbers, default=0)
            and is_affected(
                tier=instance.tier or row.own_tier,
                tiers=shared.days,
                feature=scope.feature,
                whole_product=scope.whole_product,
                runs_version=True,
                uses=instance.features,
            )
        )


async def load(
    session: AsyncSession,
    notices: Collection[int | None],
    owners: Collection[str],
    now: datetime,
    common: Common,
) -> NoticeBatch:
    """Read all that notices to some accounts need, in a few statements."""
    standing = await _standing(session, Notice.id.in_(notices), now)
    batch = await _known(session, standing, owners, now, common)
    return msgspec.structs.replace(batch, gone=await _gone(session, batch))


async def one(
    session: AsyncSession, notice: str, owner: str, now: datetime, base: str
) -> AddresseeState | None:
    """Return what an account is told in a notice, named by its uid; None if it is no recipient."""
    standing = await _standing(session, Notice.uid == notice, now)
    batch = await _known(session, standing, {owner}, now, Common(base))
    return next(
        (batch.addressee_of(standing_notice, owner) for standing_notice in standing.values()), None
    )


async def of_owner(
    session: AsyncSession, notices: Collection[int], owner: str, now: datetime, base: str
) -> list[AddresseeState]:
    """Return what an account is told in notices, in their order; not where it is no recipient."""
    if not notices:
        return []
    standing = await _standing(session, Notice.id.in_(notices), now)
    batch = await _known(session, standing, {owner}, now, Common(base))
    states = (batch.addressee_of(standing[number], owner) for number in notices)
    return [state for state in states if state is not None]


async def _known(
    session: AsyncSession,
    standing: dict[int, Standing],
    owners: Collection[str],
    now: datetime,
    common: Common,
) -> NoticeBatch:
    shared = {notice.id: await common.of(session, notice) for notice in standing.values()}
    concerned = {notice.deprecation_id for notice in standing.values()}
    rows = await _recipients(session, concerned, owners, now.astimezone(UTC).date())
    accounts = {row.account_id for row in rows.values()}
    instances = await _running(session, standing.values(), shared, accounts)
    return NoticeBatch(standing, shared, rows, instances)


async def _gone(session: AsyncSession, batch: NoticeBatch) -> frozenset[tuple[int, int]]:
    """Find who runs nothing affected at this moment, where that stops a notice."""
    concerned = {
        notice.deprecation_id: notice
        for notice in batch.standing.values()
        if notice.milestone in ONLY_WHILE_AFFECTED and notice.state == State.ANNOUNCED
    }
    stopped: set[tuple[int, int]] = set()
    for number, standing in concerned.items():
        moved = {
            r.account_id: r.moved_on is not None
            for (deprecation_id, _), r in batch.rows.items()
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


async def _standing(
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


async def _running(
    session: AsyncSession,
    standing: Collection[Standing],
    shared: dict[int, Shared],
    accounts: Collection[int],
) -> dict[tuple[int, int], list[Any]]:
    """Return what the accounts run of what is affected, by deprecation and account."""
    rows: dict[tuple[int, int], list[Any]] = {}
    by_version = {notice.deprecation_id for notice in standing if _by_version(shared[notice.id])}
    by_number = {notice.deprecation_id for notice in standing} - by_version
    columns = [Instance.account_id, Instance.name, Instance.version, Instance.environment]
    columns += [Instance.tier, Instance.features]
    concerned = (
        select(Deprecation.id.label("deprecation_id"), *columns)
        .join(Product, Product.id == Deprecation.product_id)
        .join(Instance, Instance.product == Product.slug)
        .where(Instance.account_id.in_(accounts))
        .order_by(Instance.name)
    )
    if by_version:
        hit = (Target.deprecation_id == Deprecation.id) & (Target.version == Instance.version)
        versioned = concerned.add_columns(Target.number).join(Target, hit)
        for row in await session.execute(versioned.where(Deprecation.id.in_(by_version))):
            rows.setdefault((row.deprecation_id, row.account_id), []).append(row)
    if by_number:
        unversioned = concerned.add_columns((Deprecation.number * 0).label("number"))
        for row in await session.execute(unversioned.where(Deprecation.id.in_(by_number))):
            rows.setdefault((row.deprecation_id, row.account_id), []).append(row)
    return rows


def _by_version(shared: Shared) -> bool:
    scope = shared.about.what
    return scope.feature is None and not scope.whole_product
