"""Runs of a worker that deliver all that is due, by a clock that stands still."""

from __future__ import annotations

import asyncio

from sqlalchemy import func, select

from notifications.models import Delivery, DeliveryState

DEADLINE = 60


async def deliver_due(worker, store, now):
    """Run a worker until nothing is due any more at an instant; return how many deliveries were."""
    due = await _count_due(store, now)
    if due:
        stop = asyncio.Event()
        run = asyncio.create_task(worker.run(stop))
        try:
            async with asyncio.timeout(DEADLINE):
                while not run.done() and await _count_due(store, now):  # noqa: ASYNC110 -- it shows in the store alone
                    await asyncio.sleep(0.01)
        finally:
            stop.set()
            await run
    return due


async def _count_due(store, now):
    waiting = Delivery.state == DeliveryState.WAITING, Delivery.due_at <= now
    async with store.reading() as session:
        return await session.scalar(select(func.count(Delivery.id)).where(*waiting))
