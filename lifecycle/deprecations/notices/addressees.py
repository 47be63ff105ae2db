"""What recipients are told: read for a whole batch at once, and kept where all are told alike."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select

from lifecycle.accounts.models import Instance
from lifecycle.catalogue.models import Product
from lifecycle.deprecations.affected_instances import is_affected
from lifecycle.deprecations.models import Deprecation, Notice, Target
from lifecycle.deprecations.notices.content import Common, Shared
from lifecycle.deprecations.notices.notice_facts import Addressee, AffectedInstance
from lifecycle.deprecations.notices.standing_notices import (
    NoticeStandings,
    load_standings,
    standings_of,
)
from lifecycle.deprecations.queries import acknowledgement
from lifecycle.deprecations.states import affected_now

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.deprecations.notices.standing_notices import Standing


class AddresseeState(msgspec.Struct, frozen=True):
    """What an account is told in a notice, and when a person there said to have read it."""

    addressee: Addressee
    acknowledged_at: datetime | None


class NoticeBatch(msgspec.Struct, frozen=True):
    """All that a batch needs: how notices stand, what they tell all alike, and who runs what."""

    standings: NoticeStandings
    shared: dict[int, Shared]
    instances: dict[tuple[int, int], list[Any]]

    def addressee_of(self, notice_id: int, owner: str) -> AddresseeState | None:
        """Return what an account is told in a notice; None if it is no recipient."""
        standing = self.standings.notices[notice_id]
        row = self.standings.rows.get((standing.deprecation_id, owner))
        if row is None:
            return None
        shared = self.shared[notice_id]
        before = shared.before.get(row.tier) if row.number < standing.number else None
        addressee = Addressee(
            about=shared.about,
            today=standing.today,
            account=row.slug,
            account_name=row.name or row.slug,
            tier=row.tier,
            affected=affected_now(row.affected, row.why_possibly),
            why=row.why_possibly,
            effective_on=row.effective_on,
            moved_on=row.moved_on,
            previously_on=before if before != row.effective_on else None,
            instances=self._instances(standing, shared, row),
        )
        acknowledged_at = acknowledgement(
            row.acknowledged_at, created_at=standing.created_at, due_at=standing.due_at
        )
        return AddresseeState(addressee, acknowledged_at)

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
    standings = await load_standings(session, notices, owners, now)
    return await _known(session, standings, common)


async def one(
    session: AsyncSession, notice: str, owner: str, now: datetime, base: str
) -> AddresseeState | None:
    """Return what an account is told in a notice, named by its uid; None if it is no recipient."""
    standings = await standings_of(session, Notice.uid == notice, {owner}, now)
    batch = await _known(session, standings, Common(base))
    return next((batch.addressee_of(number, owner) for number in standings.notices), None)


async def of_owner(
    session: AsyncSession, notices: Collection[int], owner: str, now: datetime, base: str
) -> list[AddresseeState]:
    """Return what an account is told in notices, in their order; not where it is no recipient."""
    if not notices:
        return []
    concerned = Notice.id.in_(notices)
    standings = await standings_of(session, concerned, {owner}, now)
    batch = await _known(session, standings, Common(base))
    states = (batch.addressee_of(number, owner) for number in notices)
    return [state for state in states if state is not None]


async def _known(session: AsyncSession, standings: NoticeStandings, common: Common) -> NoticeBatch:
    notices = standings.notices
    shared = {notice.id: await common.of(session, notice) for notice in notices.values()}
    accounts = {row.account_id for row in standings.rows.values()}
    instances = await _running(session, notices.values(), shared, accounts)
    return NoticeBatch(standings, shared, instances)


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
