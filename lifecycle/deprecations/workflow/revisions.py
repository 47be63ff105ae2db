"""Publishing a revision: the revision itself, its targets, its notices and its entry in the log."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select, update

from lifecycle.audit.actions import append
from lifecycle.catalogue.loaded_products import Loaded
from lifecycle.catalogue.models import Product, Waiver
from lifecycle.catalogue.policies import rely_on
from lifecycle.deprecations.audience import fan_out, targets
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.effective_days import document
from lifecycle.deprecations.milestones import (
    Due,
    Milestone,
    at_once,
    notice_uid,
    on_the_day,
    to_come,
)
from lifecycle.deprecations.models import Notice, Revision
from lifecycle.deprecations.queries import content_document
from lifecycle.deprecations.states import UNFILLED, NoticeState, RevisionChange
from lifecycle.policy.lead_times import Owed
from lifecycle.policy.policies import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.deprecations.models import Deprecation

MILESTONES = {
    RevisionChange.ANNOUNCED: Milestone.ANNOUNCEMENT,
    RevisionChange.WITHDRAWN: Milestone.WITHDRAWAL,
}
"""All other changes are amendments."""


class Decision(msgspec.Struct, frozen=True):
    """What is published: what changed, what now holds, why, and under which waiver, if any."""

    changes: tuple[RevisionChange, ...]
    content: DeprecationIn
    days: dict[str, date]
    owed: dict[str, Owed]
    reason: str
    waiver: Waiver | None = None


class Situation(msgspec.Struct, frozen=True):
    """What a decision is taken in: the product as it is known, the policy in force, the day."""

    product: Product
    known: Loaded
    policy: Policy
    today: date


async def publish(
    session: AsyncSession,
    deprecation: Deprecation,
    situation: Situation,
    decision: Decision,
    *,
    by: By,
) -> Revision:
    """Make a decision known: it is never changed again, and what it supersedes is not sent."""
    revision = _revision(deprecation, situation, decision, by=by)
    session.add(revision)
    deprecation.content, deprecation.days = revision.content, revision.days
    deprecation.first_effective_on = min(decision.days.values())
    deprecation.last_effective_on = max(decision.days.values())
    deprecation.number = revision.number
    deprecation.revision += 1
    await session.flush()
    await rely_on(session, situation.product, situation.policy.version, at=by.at)
    await targets.write_targets(
        session, deprecation, revision.number, decision.content, situation.known
    )
    unannounced_days = await _cancel_notices(session, deprecation)
    notice = _add_notices(session, deprecation, situation, decision, unannounced_days, by=by)
    await session.flush()
    _record(session, deprecation, situation, revision, decision, by=by)
    await fan_out.begin(session, deprecation, notice, by=by, now=by.at, today=situation.today)
    return revision


def milestone_of(changes: Iterable[RevisionChange]) -> Milestone:
    """Name the milestone that tells of changes."""
    own = (MILESTONES[change] for change in changes if change in MILESTONES)
    return next(own, Milestone.AMENDMENT)


def _revision(
    deprecation: Deprecation, situation: Situation, decision: Decision, *, by: By
) -> Revision:
    return Revision(
        deprecation_id=deprecation.id,
        number=deprecation.number + 1,
        change="+".join(decision.changes),
        on_day=situation.today,
        at=by.at,
        actor=by.actor,
        reason=decision.reason,
        content=content_document(decision.content),
        days={tier: day.isoformat() for tier, day in decision.days.items()},
        owed={tier: document(owed) for tier, owed in decision.owed.items()},
        policy=f"{situation.policy.name} {situation.policy.version}",
        waiver_id=decision.waiver.id if decision.waiver else None,
    )


async def _cancel_notices(session: AsyncSession, deprecation: Deprecation) -> set[date]:
    """Cancel what was still to be told: the new revision tells it, or there is nothing to tell.

    Give the effective days whose own notices, that they have come, were not sent yet.
    """
    unfilled = (
        Notice.deprecation_id == deprecation.id,
        Notice.state.in_(UNFILLED),
    )
    statement = select(Notice.effective_on).where(
        *unfilled, Notice.milestone == Milestone.EFFECTIVE
    )
    unannounced_days = {day for day in await session.scalars(statement) if day is not None}
    await session.execute(update(Notice).where(*unfilled).values(state=NoticeState.CANCELLED))
    return unannounced_days


def _add_notices(
    session: AsyncSession,
    deprecation: Deprecation,
    situation: Situation,
    decision: Decision,
    unannounced_days: set[date],
    *,
    by: By,
) -> Notice:
    """Add the notice of what was decided, and those to come; give the first.

    A day that has come but was still to be told, at the next opening, is told by this revision.
    """
    first = at_once(milestone_of(decision.changes), today=situation.today, now=by.at)
    dues = [first]
    if RevisionChange.WITHDRAWN not in decision.changes:
        effective_days = set(decision.days.values())
        dues += to_come(situation.policy, effective_days, today=situation.today)
        come = sorted(day for day in unannounced_days & effective_days if day <= situation.today)
        dues += [on_the_day(situation.policy, day) for day in come]
    notices = [_notice(deprecation, due, by=by) for due in dues]
    session.add_all(notices)
    return notices[0]


def _notice(deprecation: Deprecation, due: Due, *, by: By) -> Notice:
    return Notice(
        uid=notice_uid(deprecation.uid, deprecation.number, due),
        deprecation_id=deprecation.id,
        number=deprecation.number,
        milestone=due.milestone.value,
        days_before=due.days_before,
        effective_on=due.effective_on,
        due_on=due.on,
        due_at=due.at,
        state=NoticeState.WAITING.value,
        filled_to=0,
        created_at=by.at,
    )


def _record(
    session: AsyncSession,
    deprecation: Deprecation,
    situation: Situation,
    revision: Revision,
    decision: Decision,
    *,
    by: By,
) -> None:
    action = {
        Milestone.ANNOUNCEMENT: "deprecation.announced",
        Milestone.WITHDRAWAL: "deprecation.withdrawn",
    }.get(milestone_of(decision.changes), "deprecation.amended")
    details = {
        "revision": revision.number,
        "change": revision.change,
        "content": revision.content,
        "days": revision.days,
        "owed": revision.owed,
        "reason": revision.reason,
        "policy": revision.policy,
        "waiver": decision.waiver.uid if decision.waiver else None,
    }
    append(session, by, action, deprecation.uid, product=situation.product.slug, details=details)
