"""Announcements that wait for their day: they go out when the vendor's business opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select

from lifecycle.audit.actions import append
from lifecycle.audit.chain import By
from lifecycle.calendar.business import next_opening
from lifecycle.calendar.zones import local_day, zone
from lifecycle.catalogue.models import Product, StoredPolicy
from lifecycle.catalogue.queries import STANDING
from lifecycle.deprecations.deprecation_inputs import AnnounceIn
from lifecycle.deprecations.milestones import opening
from lifecycle.deprecations.models import Deprecation
from lifecycle.deprecations.states import State
from lifecycle.deprecations.workflow import announcement
from lifecycle.errors import LifecycleError, Unavailable
from lifecycle.policy.policy_documents import read_stored
from lifecycle.policy.succession import in_force_at
from lifecycle.scheduler import work_items

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.database.store import Store
    from lifecycle.policy.policies import Policy


SCHEDULED = (Deprecation.state == State.SCHEDULED, Deprecation.announce_on.is_not(None))


class Announcements(msgspec.Struct):
    """How many deprecations announced themselves, and how many could not."""

    announced: int = 0
    refused: int = 0


async def announce_due(store: Store, *, now: datetime) -> Announcements:
    """Announce what is scheduled and whose business opening has come.

    What is refused by now goes back to the drafts and on the work list; it is not tried again.
    """
    outcome = Announcements()
    async with store.reading() as session:
        waiting = (await session.execute(_scheduled())).all()
        due = [row.id for row in waiting if await _is_due(session, row, now=now)]
    for deprecation_id in due:
        async with store.writing() as session:
            announced = await _announce(session, deprecation_id, by=By("system", now))
        if announced is not None:
            outcome.announced += announced
            outcome.refused += not announced
    return outcome


def is_open(policy: Policy, now: datetime) -> bool:
    """Return whether the vendor's business is open; one that states no hours never closes."""
    hours = policy.business_hours
    return hours is None or next_opening(now, hours) <= now


def next_open_day(policy: Policy, now: datetime) -> date:
    """Return the local day of the next business opening."""
    hours = policy.business_hours
    return local_day(next_opening(now, hours) if hours else now, zone(policy.timezone))


async def announce(session: AsyncSession, deprecation: Deprecation, *, by: By) -> str | None:
    """Announce now; where that is refused nothing has changed, and the refusal is given."""
    try:
        async with session.begin_nested():
            await announcement.announce(
                session, deprecation, AnnounceIn(waiver=deprecation.announce_waiver), by=by
            )
    except Unavailable:
        raise
    except LifecycleError as error:
        await session.refresh(deprecation)
        return error.detail
    return None


def _scheduled() -> Select[Any, Any, Any]:
    return (
        select(Deprecation.id, Deprecation.product_id, Deprecation.announce_on)
        .where(*SCHEDULED)
        .order_by(Deprecation.announce_on, Deprecation.id)
    )


async def _is_due(session: AsyncSession, row: Any, *, now: datetime) -> bool:
    policy = await _policy(session, row.product_id, now=now)
    if policy is None:
        return bool(row.announce_on <= now.date())  # the refusal says that there is none
    return opening(policy, row.announce_on) <= now and is_open(policy, now)


async def _policy(session: AsyncSession, product_id: int, *, now: datetime) -> Policy | None:
    statement = select(StoredPolicy.document).where(StoredPolicy.product_id == product_id, STANDING)
    policies = [read_stored(document) for document in await session.scalars(statement)]
    return in_force_at(policies, now)


async def _announce(session: AsyncSession, deprecation_id: int, *, by: By) -> bool | None:
    """Announce if it still waits, is due, and no other worker is at it; say how that went."""
    statement = (
        select(Deprecation)
        .where(Deprecation.id == deprecation_id, *SCHEDULED)
        .with_for_update(skip_locked=True)
    )
    deprecation = await session.scalar(statement)
    if deprecation is None or not await _is_due(session, deprecation, now=by.at):
        return None  # a person may have chosen a later day meanwhile
    refusal = await announce(session, deprecation, by=by)
    if refusal is None:
        return True
    await _give_back(session, deprecation, refusal, by=by)
    return False


async def _give_back(
    session: AsyncSession, deprecation: Deprecation, refusal: str, *, by: By
) -> None:
    product = await session.get_one(Product, deprecation.product_id)
    on = deprecation.announce_on
    deprecation.state, deprecation.announce_on = State.DRAFT, None
    deprecation.revision += 1
    details = {"on": str(on), "refused": refusal}
    append(
        session, by, "deprecation.refused", deprecation.uid, product=product.slug, details=details
    )
    message = f"The announcement scheduled for {on} was refused: {refusal}"
    await work_items.note(
        session, work_items.REFUSED, deprecation.uid, message, product=product.slug, by=by
    )
