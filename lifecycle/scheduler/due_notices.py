"""Notices whose time has come: stale ones are skipped, the others filled chunk by chunk."""

from __future__ import annotations

from itertools import groupby
from time import perf_counter
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from lifecycle.audit.actions import append
from lifecycle.audit.chain import By
from lifecycle.catalogue.queries import today_for
from lifecycle.deprecations.audience import fan_out
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.models import Deprecation, Notice
from lifecycle.deprecations.queries import product_of
from lifecycle.deprecations.states import UNFILLED, NoticeState
from lifecycle.scheduler.chunk_sizes import pace_on

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.models import Product
    from lifecycle.database.store import Store
    from lifecycle.scheduler.chunk_sizes import Pace

NOTICES_PER_CALL = 500
STANDING = frozenset({Milestone.ANNOUNCEMENT, Milestone.AMENDMENT, Milestone.WITHDRAWAL})


class FillCounts(msgspec.Struct):
    """How many notices were filled, and how many skipped."""

    filled: int = 0
    skipped: int = 0
    told_of: set[str] = msgspec.field(default_factory=set)
    """The products of which news has reached its audience."""


async def fill_due(store: Store, *, now: datetime, chunk: int | None = None) -> FillCounts:
    """Fill the notices that are due, the longest due first; a transaction for each chunk.

    After a crash the next call goes on where the last chunk ended.
    """
    filled, pace = FillCounts(), pace_on(store.dialect, chunk)
    async with store.reading() as session:
        rows = (await session.execute(_due(now))).all()
    for _, notices in groupby(rows, key=lambda row: row.deprecation_id):
        ids = [row.id for row in notices]
        filled.skipped += await _skip_stale(store, ids, now=now)
        for notice_id in ids:
            await _fill(store, notice_id, filled, now=now, pace=pace)
    return filled


def stale(due: Sequence[Notice], *, today: date) -> list[Notice]:
    """Pick the due reminders that nobody wants any more, of one deprecation's due notices.

    A reminder is stale on its effective day, when a later one is due too, and when the news itself
    is only going out now, with the true days left.
    """
    news = any(notice.milestone in STANDING for notice in due)
    latest: dict[date | None, date] = {}
    for notice in due:
        if notice.milestone == Milestone.REMINDER:
            latest_day = latest.get(notice.effective_on, notice.due_on)
            latest[notice.effective_on] = max(latest_day, notice.due_on)
    return [
        notice
        for notice in due
        if notice.milestone == Milestone.REMINDER
        and notice.state == NoticeState.WAITING
        and (
            news
            or notice.due_on < latest[notice.effective_on]
            or (notice.effective_on is not None and notice.effective_on <= today)
        )
    ]


def _due(now: datetime) -> Select[int, int]:
    return (
        select(Notice.id, Notice.deprecation_id)
        .where(Notice.state.in_(UNFILLED), Notice.due_at <= now)
        .order_by(Notice.deprecation_id, Notice.due_at, Notice.id)
        .limit(NOTICES_PER_CALL)
    )


async def _skip_stale(store: Store, ids: list[int], *, now: datetime) -> int:
    async with store.reading() as session:
        due, today = await _look(session, ids, now)
        if not stale(due, today=today):
            return 0
    async with store.writing() as session:
        due, today = await _look(session, ids, now, lock=True)
        skipped = stale(due, today=today)
        for notice in skipped:
            notice.state = NoticeState.SKIPPED
            await _note_skipped(session, notice, by=By("system", now))
    return len(skipped)


async def _look(
    session: AsyncSession, ids: list[int], now: datetime, *, lock: bool = False
) -> tuple[list[Notice], date]:
    statement = (
        select(Notice).where(Notice.id.in_(ids), Notice.state.in_(UNFILLED)).order_by(Notice.id)
    )
    if lock:
        statement = statement.with_for_update(skip_locked=True)
    due = list((await session.scalars(statement)).all())
    if not due:
        return [], now.date()
    return due, await today_for(session, await _product(session, due[0]), now)


async def _fill(
    store: Store, notice_id: int, filled: FillCounts, *, now: datetime, pace: Pace
) -> None:
    """Fill one notice to its end, unless another worker is at it."""
    by, more = By("system", now), True
    while more:
        async with store.writing() as session:
            begun = perf_counter()
            notice = await session.scalar(
                select(Notice)
                .where(Notice.id == notice_id, Notice.state.in_(UNFILLED))
                .with_for_update(skip_locked=True)
            )
            if notice is None:
                return
            product = await _product(session, notice)
            today = await today_for(session, product, now)
            more = await fan_out.fill_some(
                session, notice, by=by, now=now, today=today, chunk=pace.chunk
            )
        pace.took(perf_counter() - begun)
        if not more:
            filled.filled += 1
            if Milestone(notice.milestone) in STANDING:
                filled.told_of.add(product.slug)


async def _product(session: AsyncSession, notice: Notice) -> Product:
    deprecation = await session.get_one(Deprecation, notice.deprecation_id)
    return await product_of(session, deprecation)


async def _note_skipped(session: AsyncSession, notice: Notice, *, by: By) -> None:
    deprecation = await session.get_one(Deprecation, notice.deprecation_id)
    product = await product_of(session, deprecation)
    details = {"notice": notice.uid, "milestone": notice.milestone, "due_on": notice.due_on}
    append(session, by, "notice.skipped", deprecation.uid, product=product.slug, details=details)
