"""What amending or withdrawing a deprecation would do: its days, whom it tells, what they read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.deprecations import queries
from lifecycle.deprecations.audience import revised_audiences
from lifecycle.deprecations.audience.previews import Reader
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.notices import notice_previews
from lifecycle.deprecations.notices.notice_facts import NoticeWaiver
from lifecycle.deprecations.notices.notice_previews import Rehearsal, Revising, Scene
from lifecycle.deprecations.states import RevisionChange
from lifecycle.deprecations.workflow import amendments
from lifecycle.deprecations.workflow.revisions import Decision, Situation, milestone_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.deprecations.deprecation_inputs import AmendIn, WithdrawIn
    from lifecycle.deprecations.models import Deprecation


class RevisionOutlook(msgspec.Struct, frozen=True, kw_only=True):
    """What a revision would do.

    ``recipients`` accounts have been reached by the deprecation and get its notice, ``newcomers``
    get it as their first; others would, were they not ``unreachable``: the first of these are
    named. ``before`` and ``days`` are the tiers' effective days.
    """

    today: date
    changes: tuple[RevisionChange, ...]
    before: Mapping[str, date]
    days: Mapping[str, date]
    recipients: int
    newcomers: int
    unreachable: int
    unreachable_accounts: tuple[tuple[str, str], ...]
    reader: Reader | None
    notices: tuple[Rehearsal, ...]


async def look_ahead_at_amendment(
    session: AsyncSession, deprecation: Deprecation, facts: AmendIn, *, by: By, base: str
) -> RevisionOutlook:
    """Return what an amendment would do, or refuse it as it would be refused."""
    situation, decision = await amendments.decide_amendment(
        session, deprecation, facts, by=by, lock=False
    )
    return await _look_ahead(session, deprecation, situation, decision, by=by, base=base)


async def look_ahead_at_withdrawal(
    session: AsyncSession, deprecation: Deprecation, facts: WithdrawIn, *, by: By, base: str
) -> RevisionOutlook:
    """Return what a withdrawal would do, or refuse it as it would be refused."""
    situation, decision = await amendments.decide_withdrawal(
        session, deprecation, facts, by=by, lock=False
    )
    return await _look_ahead(session, deprecation, situation, decision, by=by, base=base)


async def _look_ahead(
    session: AsyncSession,
    deprecation: Deprecation,
    situation: Situation,
    decision: Decision,
    *,
    by: By,
    base: str,
) -> RevisionOutlook:
    milestone = milestone_of(decision.changes)
    before = queries.days_of(deprecation.days)
    audience = await revised_audiences.look_ahead(
        session,
        deprecation,
        situation.known,
        decision.content,
        decision.days,
        today=situation.today,
        milestone=milestone,
    )
    scene = Scene(
        deprecation=deprecation,
        product=situation.product,
        content=decision.content,
        policy=situation.policy,
        days=decision.days,
        versions=audience.versions,
        announced_on=situation.today,
        now=by.at,
        base=base,
        revising=Revising(
            milestone=milestone,
            change="+".join(decision.changes),
            reason=decision.reason,
            before={} if milestone is Milestone.WITHDRAWAL else before,
            waiver=NoticeWaiver.of(decision.waiver) if decision.waiver else None,
        ),
    )
    notices = await notice_previews.rehearse(session, scene, audience.reader)
    return RevisionOutlook(
        today=situation.today,
        changes=decision.changes,
        before=before,
        days=decision.days,
        recipients=audience.recipients,
        newcomers=audience.newcomers,
        unreachable=audience.unreachable,
        unreachable_accounts=audience.unreachable_accounts,
        reader=audience.reader,
        notices=notices,
    )
