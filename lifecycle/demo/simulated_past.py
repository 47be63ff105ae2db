"""Letting time pass in a demo's past: notices that come due are told, their deliveries invented."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from lifecycle.audit.chain import By
from lifecycle.calendar.zones import local_day, zone
from lifecycle.catalogue.catalogue_inputs import ReleaseIn
from lifecycle.catalogue.models import Product, Release
from lifecycle.demo import subscribers
from lifecycle.deprecations.audience import fan_out
from lifecycle.deprecations.models import Notice
from lifecycle.deprecations.states import NoticeState
from lifecycle.gate import registration
from lifecycle.gate.registration import Batch
from notifications import leases, outcome_records
from notifications.outcomes import Tried

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncSession

ZONE = "America/New_York"
WORKER = "the demo's past"
TRIES = (timedelta(), timedelta(seconds=30))
BATCH_LENGTH = 1000


async def pass_time(session: AsyncSession, until: datetime) -> None:
    """Tell what comes due up to an instant, each at its own."""
    while (notice := await session.scalar(_next(until))) is not None:
        by, today = By("system", notice.due_at), local_day(notice.due_at, zone(ZONE))
        more = True
        while more:
            more = await fan_out.fill_some(session, notice, by=by, now=by.at, today=today)
        await session.flush()
        await deliver(session, by.at)


async def deliver(session: AsyncSession, now: datetime) -> None:
    """Note what came of all that is due, and of its repetition half a minute later."""
    for later in TRIES:
        at = now + later
        leased = await leases.lease(session, WORKER, now=at, limit=BATCH_LENGTH, vault=None)
        if not leased:
            continue
        tried = [Tried(delivery, at, subscribers.outcome(delivery)) for delivery in leased]
        note = subscribers.recording(By("system", at))
        await outcome_records.record(session, WORKER, tried, now=at, record=note)


def planned(day: date) -> Select[Product, str, date | None]:
    """Select the releases that were to be out by a day and are still plans."""
    return (
        select(Product, Release.version, Release.planned_on)
        .join(Release, Release.product_id == Product.id)
        .where(Release.released_on.is_(None), Release.voided_at.is_(None))
        .where(Release.planned_on <= day)
        .order_by(Release.planned_on, Release.id)
    )


async def publish(session: AsyncSession, *, by: By, today: date) -> None:
    """Let the vendor keep to its plans: what was planned up to a day is out."""
    for product, version, day in (await session.execute(planned(today))).all():
        batch = Batch([ReleaseIn(version=version, released_on=day)])
        await registration.register(session, product, batch, None, by=by, today=today)


def _next(until: datetime) -> Select[Notice]:
    return (
        select(Notice)
        .where(Notice.state.in_((NoticeState.WAITING, NoticeState.FILLING)))
        .where(Notice.due_at <= until)
        .order_by(Notice.due_at, Notice.id)
        .limit(1)
    )
