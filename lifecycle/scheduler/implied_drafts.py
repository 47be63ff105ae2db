"""Doing what implied ends ask for: drafts made, moved, thrown away, announced or postponed."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec
from sqlalchemy import delete

from lifecycle.catalogue.queries import get_product
from lifecycle.deprecations import queries
from lifecycle.deprecations.announced import load_known
from lifecycle.deprecations.deprecation_inputs import AmendIn, DeprecationPatch
from lifecycle.deprecations.states import State
from lifecycle.deprecations.workflow import amendments, drafts
from lifecycle.deprecations.workflow import announcement as workflow
from lifecycle.deprecations.workflow.drafts import Implied
from lifecycle.errors import LifecycleError, Unavailable
from lifecycle.scheduler import scheduled_announcements, work_items
from lifecycle.scheduler.detection import (
    CauseGone,
    Delete,
    Draft,
    Postpone,
    Redate,
    Sight,
    Step,
    content,
    days_owed,
    look,
    mark_name,
    of_policy,
    steps,
)
from lifecycle.scheduler.job_locks import claim
from lifecycle.scheduler.models import Mark

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By


class Detected(msgspec.Struct):
    """What was done about implied ends."""

    drafted: int = 0
    announced: int = 0
    changed: int = 0
    deleted: int = 0


async def detect(
    session: AsyncSession, slug: str, *, by: By, now: datetime, today: date
) -> Detected:
    """Draft, announce or take back the ends that a product's policy implies, as rule 3.4 says."""
    detected = Detected()
    product = await get_product(session, slug)
    # Whoever announces or amends one locks it before its product: in the other order, each would
    # wait for the other.
    await session.execute(of_policy(product.id).with_for_update())
    await get_product(session, slug, lock=True)
    sight = await look(session, *await load_known(session, slug), today=today)
    if sight is None:
        return detected
    todo = await steps(session, sight)
    for step in todo:
        await _do(session, sight, step, detected, by=by, now=now)
    await _settle(session, sight, todo)
    return detected


async def _do(
    session: AsyncSession, sight: Sight, step: Step, detected: Detected, *, by: By, now: datetime
) -> None:
    match step:
        case Draft():
            await _draft(session, sight, step, detected, by=by, now=now)
        case Redate():
            row = await queries.get(session, step.uid, lock=True)
            scheduled = row.state == State.SCHEDULED
            days = await days_owed(session, sight, step.end) if scheduled else step.end.days
            patch = DeprecationPatch(effective_on=days, reason=step.end.reason)
            await drafts.change(session, row, patch, by=by, today=sight.today)
            await _remember(session, step.key, step.end.effective_on)
            detected.changed += 1
        case Delete():
            row = await queries.get(session, step.uid, lock=True)
            await drafts.delete(session, row, by=by)
            await session.execute(delete(Mark).where(Mark.name == mark_name(step.key)))
            detected.deleted += 1
        case Postpone():
            detected.changed += await _postpone(session, sight, step, by=by)
        case CauseGone():
            message = (
                "No release or declared day brings this announced end of support any more: "
                "withdraw it, or leave it in place."
            )
            await work_items.note(
                session, work_items.CAUSE_GONE, step.uid, message, product=sight.known.slug, by=by
            )
        case _:
            assert_never(step)


async def _draft(
    session: AsyncSession, sight: Sight, step: Draft, detected: Detected, *, by: By, now: datetime
) -> None:
    slug, end = sight.known.slug, step.end
    days = await days_owed(session, sight, end) if step.announce else end.days
    product = await get_product(session, slug)
    row = await drafts.draft(
        session,
        product,
        content(slug, end, days),
        by=by,
        today=sight.today,
        implied=Implied(step.key, end.caused_by),
    )
    await _remember(session, step.key, end.effective_on)
    detected.drafted += 1
    if not step.announce:
        return
    if not scheduled_announcements.is_open(sight.policy, now):
        on = scheduled_announcements.next_open_day(sight.policy, now)
        workflow.schedule(session, row, on, product=slug, by=by)
        return
    refusal = await scheduled_announcements.announce(session, row, by=by)
    if refusal is None:
        detected.announced += 1
        return
    message = f"The end of support that the policy implies was not announced: {refusal}"
    await work_items.note(session, work_items.REFUSED, row.uid, message, product=slug, by=by)


async def _postpone(session: AsyncSession, sight: Sight, step: Postpone, *, by: By) -> bool:
    slug = sight.known.slug
    on = _said(step.days)
    message = (
        f"The release that causes this end of support has been rescheduled; it now comes on {on}: "
        "postpone the announced day."
    )
    refusal = await _amend(session, step, on, by=by) if step.by_itself else None
    if step.by_itself and refusal is None:
        await work_items.settle(session, work_items.SLIPPED, [step.uid])
        return True
    if refusal is not None:
        message += f" The automatic attempt was refused: {refusal}"
    await work_items.note(session, work_items.SLIPPED, step.uid, message, product=slug, by=by)
    return False


async def _amend(session: AsyncSession, step: Postpone, on: str, *, by: By) -> str | None:
    """Postpone; where that is refused nothing has changed, and the refusal is given."""
    row = await queries.get(session, step.uid, lock=True)
    reason = f"The release that causes it has been rescheduled; the end now comes on {on}."
    facts = AmendIn(effective_on=dict(step.days), reason=reason)
    try:
        async with session.begin_nested():
            await amendments.amend(session, row, facts, by=by)
    except Unavailable:
        raise
    except LifecycleError as error:
        await session.refresh(row)
        return error.detail
    return None


def _said(days: dict[str, date]) -> str:
    """Say one day where it is the same for all tiers, else each tier's."""
    distinct = sorted(set(days.values()))
    if len(distinct) == 1:
        return str(distinct[0])
    return ", ".join(f"{day} for {tier}" for tier, day in days.items())


async def _remember(session: AsyncSession, key: str, day: date) -> None:
    """Note that a person was shown this end, so that a draft thrown away stays away."""
    mark = await claim(session, mark_name(key))
    if mark is not None:
        mark.day = day


async def _settle(session: AsyncSession, sight: Sight, todo: list[Step]) -> None:
    """Take off the work list what a later look no longer shows."""
    for kind, shown in ((work_items.CAUSE_GONE, CauseGone), (work_items.SLIPPED, Postpone)):
        still = {step.uid for step in todo if isinstance(step, shown)}
        noted = await work_items.noted(session, kind, sight.known.slug)
        await work_items.settle(session, kind, noted.keys() - still)
