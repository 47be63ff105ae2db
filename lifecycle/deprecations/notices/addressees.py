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
from lifecycle.deprecations.audience.affected import scope_of, tier_of
from lifecycle.deprecations.audience.moves import find_unnoted
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.models import Deprecation, Notice, Revision, Target
from lifecycle.deprecations.models import Recipient as RecipientRow
from lifecycle.deprecations.notices.content import Common, Shared, Standing
from lifecycle.deprecations.notices.notice_facts import Told, ToldInstance
from lifecycle.deprecations.states import Affected, NoticeState, State

if TYPE_CHECKING:
    from collections.abc import Collection
    from zoneinfo import ZoneInfo

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncSession

ONLY_WHILE_AFFECTED: Final = frozenset({Milestone.REMINDER, Milestone.EFFECTIVE})
"""The milestones that concern nobody who runs nothing affected any more."""


class Recipient(msgspec.Struct, frozen=True):
    """What an account is told, and when a person there said to have read of it."""

    told: Told
    acknowledged_at: datetime | None
    gone: bool = False


class Known(msgspec.Struct, frozen=True):
    """All that a batch needs: notices by number, recipients by deprecation and account."""

    standing: dict[int, Standing]
    shared: dict[int, Shared]
    rows: dict[tuple[int, str], Any]
    instances: dict[tuple[int, int], list[Any]]
    gone: frozenset[tuple[int, int]] = frozenset()
    """Of notices that this stops: deprecations, and accounts that run nothing affected now."""

    def told(self, standing: Standing, owner: str) -> Recipient | None:
        """Give what an account is told in a notice; None if it is no recipient."""
        row = self.rows.get((standing.deprecation_id, owner))
        shared = self.shared.get(standing.id)
        if row is None or shared is None:
            return None
        before = shared.before.get(row.tier) if row.number < standing.number else None
        told = Told(
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
        gone = (standing.deprecation_id, row.account_id) in self.gone
        return Recipient(told, row.acknowledged_at, gone=gone)

    def _instances(self, standing: Standing, shared: Shared, row: Any) -> tuple[ToldInstance, ...]:
        """Pick those affected; a revision without versions of its own has its predecessor's."""
        found = self.instances.get((standing.deprecation_id, row.account_id), [])
        numbers = [each.number for each in found if each.number <= standing.number]
        what = shared.about.what
        return tuple(
            ToldInstance(each.name, each.version, each.environment)
            for each in found
            if each.number == max(numbers, default=0)
            and is_affected(
                tier=each.tier or row.own_tier,
                tiers=shared.days,
                feature=what.feature,
                whole_product=what.whole_product,
                runs_version=True,
                uses=each.features,
            )
        )


async def load(
    session: AsyncSession,
    notices: Collection[int | None],
    owners: Collection[str],
    now: datetime,
    common: Common,
) -> Known:
    """Read all that notices to some accounts need, in a few statements."""
    standing = await _standing(session, Notice.id.in_(notices), now)
    known = await _known(session, standing, owners, now, common)
    return msgspec.structs.replace(known, gone=await _gone(session, known))


async def one(
    session: AsyncSession, notice: str, owner: str, now: datetime, base: str
) -> Recipient | None:
    """Give what an account is told in a notice, named by its uid; None if it is no recipient."""
    standing = await _standing(session, Notice.uid == notice, now)
    known = await _known(session, standing, {owner}, now, Common(base))
    return next((known.told(each, owner) for each in standing.values()), None)


async def _known(
    session: AsyncSession,
    standing: dict[int, Standing],
    owners: Collection[str],
    now: datetime,
    common: Common,
) -> Known:
    shared = {each.id: await common.of(session, each) for each in standing.values()}
    concerned = {each.deprecation_id for each in standing.values()}
    rows = await _recipients(session, concerned, owners, now.astimezone(UTC).date())
    accounts = {row.account_id for row in rows.values()}
    instances = await _running(session, standing.values(), shared, accounts)
    return Known(standing, shared, rows, instances)


async def _gone(session: AsyncSession, known: Known) -> frozenset[tuple[int, int]]:
    """Find who runs nothing affected at this moment, where that stops a notice."""
    concerned = {
        each.deprecation_id: each
        for each in known.standing.values()
        if each.milestone in ONLY_WHILE_AFFECTED and each.state == State.ANNOUNCED
    }
    found: set[tuple[int, int]] = set()
    for number, standing in concerned.items():
        moved = {
            r.account_id: r.moved_on is not None
            for (of, _), r in known.rows.items()
            if of == number
        }
        deprecation = await session.get_one(Deprecation, number)
        revision = await session.get_one(Revision, (number, standing.newest))
        scope = await scope_of(session, deprecation, revision, today=standing.today)
        unnoted = await find_unnoted(session, scope, frozenset(moved))
        found |= {(number, each) for each, noted in moved.items() if noted != (each in unnoted)}
    return frozenset(found)


async def _standing(
    session: AsyncSession, wanted: ColumnElement[bool], now: datetime
) -> dict[int, Standing]:
    found = (
        select(
            Notice.id,
            Notice.uid.label("notice"),
            Notice.milestone,
            Notice.number,
            Notice.state.label("notice_state"),
            Notice.deprecation_id,
            Deprecation.state,
            Deprecation.number.label("newest"),
            Deprecation.product_id,
            Product.slug.label("product"),
        )
        .join(Deprecation, Deprecation.id == Notice.deprecation_id)
        .join(Product, Product.id == Deprecation.product_id)
        .where(wanted)
    )
    rows = (await session.execute(found)).all()
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
    )


async def _recipients(
    session: AsyncSession, concerned: Collection[int], owners: Collection[str], today: date
) -> dict[tuple[int, str], Any]:
    found = (
        select(
            RecipientRow.deprecation_id,
            RecipientRow.account_id,
            RecipientRow.tier,
            RecipientRow.affected,
            RecipientRow.why_possibly,
            RecipientRow.effective_on,
            RecipientRow.number,
            RecipientRow.moved_on,
            RecipientRow.acknowledged_at,
            Account.slug,
            Account.name,
            tier_of(Account.id, today).label("own_tier"),
        )
        .join(Account, Account.id == RecipientRow.account_id)
        .where(RecipientRow.deprecation_id.in_(concerned), Account.slug.in_(owners))
    )
    return {(row.deprecation_id, row.slug): row for row in await session.execute(found)}


async def _running(
    session: AsyncSession,
    standing: Collection[Standing],
    shared: dict[int, Shared],
    accounts: Collection[int],
) -> dict[tuple[int, int], list[Any]]:
    """Give what the accounts run of what is affected, by deprecation and account."""
    found: dict[tuple[int, int], list[Any]] = {}
    by_version = {each.deprecation_id for each in standing if _by_version(shared[each.id])}
    others = {each.deprecation_id for each in standing} - by_version
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
            found.setdefault((row.deprecation_id, row.account_id), []).append(row)
    if others:
        unversioned = concerned.add_columns((Deprecation.number * 0).label("number"))
        for row in await session.execute(unversioned.where(Deprecation.id.in_(others))):
            found.setdefault((row.deprecation_id, row.account_id), []).append(row)
    return found


def _by_version(shared: Shared) -> bool:
    what = shared.about.what
    return what.feature is None and not what.whole_product
