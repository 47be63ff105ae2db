"""Announcing a deprecation, now or on a later day.

It is one transaction: the change of state, its immutable revision, its notices and its entry in
the log (design, section 3.5). The deprecation comes locked; its product is locked here, so that
two announcements for one line cannot pass each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.audit.actions import append
from lifecycle.calendar.zones import local_day, zone
from lifecycle.catalogue import waivers
from lifecycle.catalogue.queries import get_product
from lifecycle.deprecations import earliest_days, effective_days
from lifecycle.deprecations.announced import load_known
from lifecycle.deprecations.milestones import opening_day
from lifecycle.deprecations.queries import content_of, product_of
from lifecycle.deprecations.states import UNANNOUNCED, RevisionChange, State
from lifecycle.deprecations.workflow import conflicting_ends, content_checks
from lifecycle.deprecations.workflow.revisions import Decision, Situation, publish
from lifecycle.errors import BadRequest, Conflict, Problem, raise_if_any
from lifecycle.policy.succession import in_force, in_force_at

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.catalogue.models import Waiver
    from lifecycle.deprecations.deprecation_inputs import AnnounceIn
    from lifecycle.deprecations.models import Deprecation


class NotAnnounceable(Conflict):
    """Only a draft can be announced."""


async def read_situation(
    session: AsyncSession, deprecation: Deprecation, *, by: By, lock: bool = True
) -> Situation:
    """Lock the product and read it; without a policy in force ``NoPolicy`` is raised.

    Who only looks ahead does not ``lock``.
    """
    owner = await product_of(session, deprecation)
    product = await get_product(session, owner.slug, lock=lock)
    loaded, _ = await load_known(session, product.slug)
    policy = in_force_at(loaded.facts.policies, by.at)
    if policy is None:
        raise earliest_days.NoPolicy(
            f"{loaded.slug} has no policy in force yet; enter its policy first."
        )
    return Situation(product, loaded, policy, local_day(by.at, zone(policy.timezone)))


async def announce(
    session: AsyncSession, deprecation: Deprecation, facts: AnnounceIn, *, by: By
) -> Deprecation:
    """Announce a draft now, or let it announce itself ``on`` a later day, or the next open one.

    Too early an effective day is refused as ``TooSoon``, unless a waiver for it is named.
    """
    if deprecation.state not in UNANNOUNCED:
        raise NotAnnounceable(
            f"Deprecation {deprecation.uid} is {deprecation.state}; only a draft can be announced."
        )
    situation = await read_situation(session, deprecation, by=by)
    content = content_of(deprecation)
    on = facts.on or situation.today
    if on < situation.today:
        problem = Problem(
            "on", "lies in the past", value=str(on), allowed=f"{situation.today} or later"
        )
        raise BadRequest(
            f"Today is {situation.today} for {situation.product.slug}.", problems=[problem]
        )
    if on > situation.today:
        policies = situation.known.facts.policies
        on = opening_day(in_force(policies, on) or situation.policy, on)
    raise_if_any(
        content_checks.problems(situation.known, content, today=situation.today),
        subject="The deprecation",
    )
    content_checks.refuse_removed(situation.known, content, today=situation.today)
    owed = await earliest_days.read_owed_by_tier(
        session, situation.known, content, announced_on=on, today=situation.today
    )
    resolved = effective_days.resolve(content.effective_on, owed)
    conflicting_ends.refuse_second_end(situation.known, content, resolved, uid=deprecation.uid)
    waiver = await waiver_of(session, facts.waiver, deprecation, situation)
    if waiver is None:
        effective_days.refuse_too_soon(resolved, owed)
    if on > situation.today:
        schedule(session, deprecation, on, product=situation.product.slug, by=by, waiver=waiver)
        return deprecation
    decision = Decision(
        changes=(RevisionChange.ANNOUNCED,),
        content=content,
        days=resolved,
        owed=owed,
        reason=content.reason,
        waiver=waiver,
    )
    deprecation.announced_on, deprecation.announced_at = situation.today, by.at
    deprecation.state = State.ANNOUNCED
    deprecation.announce_on = deprecation.announce_waiver = None
    await publish(session, deprecation, situation, decision, by=by)
    return deprecation


async def waiver_of(
    session: AsyncSession, uid: str | None, deprecation: Deprecation, situation: Situation
) -> Waiver | None:
    """Return the named waiver if it may be used; None if none is named."""
    if uid is None:
        return None
    return await waivers.applying(
        session, uid, deprecation=deprecation.uid, product=situation.product, today=situation.today
    )


def schedule(
    session: AsyncSession,
    deprecation: Deprecation,
    on: date,
    *,
    product: str,
    by: By,
    waiver: Waiver | None = None,
) -> None:
    """Let a draft announce itself when the business opens on a day, under a waiver or none."""
    if waiver is not None and waiver.until < on:
        raise waivers.WaiverDoesNotApply(
            f"Waiver {waiver.uid} can be used until {waiver.until}, not on {on}."
        )
    deprecation.state, deprecation.announce_on = State.SCHEDULED, on
    deprecation.announce_waiver = waiver.uid if waiver else None
    deprecation.revision += 1
    details = {"on": on.isoformat(), "waiver": deprecation.announce_waiver}
    append(session, by, "deprecation.scheduled", deprecation.uid, product=product, details=details)
