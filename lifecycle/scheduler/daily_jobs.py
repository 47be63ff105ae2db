"""What is done for one product each day, and after a change of it or of its accounts."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from lifecycle.accounts.models import Account
from lifecycle.audit.chain import By
from lifecycle.calendar.zones import next_midnight
from lifecycle.catalogue.queries import find_product, today_for
from lifecycle.deprecations import earliest_days
from lifecycle.deprecations.announced import load_known
from lifecycle.deprecations.audience import recipients
from lifecycle.deprecations.coverage_forecast import CoverageForecast
from lifecycle.deprecations.models import Deprecation, Revision
from lifecycle.deprecations.queries import content_of
from lifecycle.deprecations.states import State
from lifecycle.policy.succession import zone_at
from lifecycle.scheduler import detection, implied_drafts, work_items
from lifecycle.scheduler.job_locks import claim
from lifecycle.support.coverage import Coverage

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.database.store import Store
    from lifecycle.policy.lead_times import Earliest
    from lifecycle.scheduler.logged_changes import Need
    from lifecycle.scheduler.models import Mark


class Busy(Exception):  # noqa: N818 -- no fault
    """Another worker is at this product; what it leaves is done at the next look."""


class DailyCounts(msgspec.Struct):
    """What was found of a product, and the instant from which on it is another day."""

    until: datetime
    detected: implied_drafts.Detected = msgspec.field(default_factory=implied_drafts.Detected)
    untold: int = 0


async def look_after(store: Store, slug: str, need: Need, *, now: datetime) -> DailyCounts | None:
    """Bring a product's implied ends, recipients and checks up to date; ``Busy`` may be raised.

    The checks run once a local day, or when all its accounts are looked at.
    """
    async with store.reading() as session:
        product = await find_product(session, slug)
        if product is None:
            return None
        today = await today_for(session, product, now)
        loaded, announced = await load_known(session, slug)
        sight = await detection.look(session, loaded, announced, today=today)
        todo = bool(
            sight and (await detection.steps(session, sight) or await _noted(session, slug))
        )
        followed = await _followed(session, loaded, today=today)
    outcome = DailyCounts(next_midnight(now, zone_at(loaded.facts.policies, now)))
    by = By("system", now)
    if todo:
        async with store.writing() as session:
            await _claim(session, slug)
            outcome.detected = await implied_drafts.detect(
                session, slug, by=by, now=now, today=today
            )
    for deprecation_id in followed:
        await _follow(store, loaded, deprecation_id, need, by=by, today=today)
    if need.accounts is None:
        outcome.untold = await _check(store, loaded, by=by, today=today)
    return outcome


async def _noted(session: AsyncSession, slug: str) -> bool:
    """Return whether the work list holds anything that may have settled itself."""
    kinds = (work_items.CAUSE_GONE, work_items.SLIPPED)
    return any([bool(await work_items.noted(session, kind, slug)) for kind in kinds])


async def _claim(session: AsyncSession, slug: str) -> Mark:
    mark = await claim(session, f"daily:{slug}")
    if mark is None:
        raise Busy(slug)
    return mark


async def _followed(session: AsyncSession, loaded: Loaded, *, today: date) -> list[int]:
    statement = select(Deprecation.id).where(
        Deprecation.product_id == loaded.id,
        Deprecation.state == State.ANNOUNCED,
        Deprecation.last_effective_on >= today - recipients.FOLLOWED_FOR,
        select(Account.id).exists(),
    )
    return list(await session.scalars(statement.order_by(Deprecation.id)))


async def _follow(
    store: Store, loaded: Loaded, deprecation_id: int, need: Need, *, by: By, today: date
) -> None:
    """Tell those who joined and note those who moved, a transaction for each chunk."""
    if need.accounts is None:
        after: int | None = 0
        while after is not None:
            async with store.writing() as session:
                await _claim(session, loaded.slug)
                deprecation = await session.get_one(Deprecation, deprecation_id)
                after = await recipients.follow(
                    session, deprecation, loaded, by=by, today=today, after=after
                )
        return
    if not need.accounts:
        return
    async with store.writing() as session:
        await _claim(session, loaded.slug)
        deprecation = await session.get_one(Deprecation, deprecation_id)
        numbers = await session.scalars(select(Account.id).where(Account.slug.in_(need.accounts)))
        await recipients.follow_few(session, deprecation, loaded, numbers.all(), by=by, today=today)


async def _check(store: Store, loaded: Loaded, *, by: By, today: date) -> int:
    """Prove that everybody affected is told or has a reason, and that what is in force may be."""
    async with store.reading() as session:
        product = await find_product(session, loaded.slug)
        failures = []
        if product:
            since = today - recipients.FOLLOWED_FOR
            failures = await recipients.nightly_check(session, product, today=today, since=since)
        broken = await _unmet(session, loaded, today=today)
    unmet = {
        work_items.UNTOLD: {
            f"{failure.deprecation}/{failure.account}": (
                f"{failure.account} is affected and {failure.fault}."
            )
            for failure in failures
        },
        work_items.NOT_MET: broken,
    }
    async with store.writing() as session:
        mark = await _claim(session, loaded.slug)
        mark.day = max(today, mark.day or today)
        for kind, messages in unmet.items():
            stood = await work_items.noted(session, kind, loaded.slug)
            await work_items.settle(session, kind, stood.keys() - messages.keys())
            for subject, message in messages.items():
                await work_items.note(session, kind, subject, message, product=loaded.slug, by=by)
    return len(failures)


async def _unmet(session: AsyncSession, loaded: Loaded, *, today: date) -> dict[str, str]:
    """Find what has taken effect though releases it was to wait for are not out."""
    newest = (Revision.deprecation_id == Deprecation.id) & (Revision.number == Deprecation.number)
    statement = (
        select(Deprecation, Revision)
        .join(Revision, newest)
        .where(
            Deprecation.product_id == loaded.id,
            Deprecation.state == State.ANNOUNCED,
            Deprecation.first_effective_on <= today,
            Deprecation.last_effective_on >= today - recipients.FOLLOWED_FOR,
        )
        .order_by(Deprecation.id)
    )
    forecast: CoverageForecast | None = None
    broken: dict[str, str] = {}
    for deprecation, revision in (await session.execute(statement)).all():
        ruled = {tier for tier, owed in revision.owed.items() if owed.get("rule")}
        if not ruled or revision.waiver_id is not None or deprecation.announced_on is None:
            continue
        forecast = forecast or await asyncio.to_thread(_forecast, loaded, today)
        owed = await earliest_days.read_owed_by_tier(
            session,
            loaded,
            content_of(revision),
            announced_on=deprecation.announced_on,
            today=today,
            forecast=forecast,
        )
        early = [
            f"{tier} since {day}, but {why}"
            for tier, day in revision.days.items()
            if tier in ruled
            and tier in owed
            and day <= str(today)
            and (why := _too_soon(owed[tier].earliest, date.fromisoformat(day)))
        ]
        if early:
            broken[deprecation.uid] = f"In force for {'; '.join(early)}."
    return broken


def _forecast(loaded: Loaded, today: date) -> CoverageForecast:
    return CoverageForecast(Coverage(loaded.facts, today=today))


def _too_soon(earliest: Earliest, effective_on: date) -> str | None:
    """Say which releases were to come before an effective day; None where they did."""
    if earliest.rule:
        return f"{earliest.rule} had to come first: postpone it"
    if earliest.day > effective_on:
        return f"the releases that had to come first were out only on {earliest.day}"
    return None
