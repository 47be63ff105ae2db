"""What runs beside the handlers: looking for changes, noting uses, pruning, and a worker if set."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from lifecycle.accounts import sessions
from lifecycle.answers.snapshot_cache import POLL_EVERY
from lifecycle.database.outages import Outage
from lifecycle.idempotency.actions import prune
from lifecycle.scheduler.key_uses import note_key_use
from lifecycle.scheduler.vitals import EVERY
from lifecycle.scheduler.worker_process import MARGIN, Work

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from lifecycle.server.app_state import AppState

STORE_USES_EVERY = 30.0
QUEUE_LINKS_EVERY = 1.0
PRUNE_EVERY = 3600.0
PROBE_EVERY = 5.0
FINISH_SECONDS = 5.0

log = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def run_jobs(app_state: AppState) -> AsyncIterator[None]:
    """Run what runs beside the handlers for as long as the application does, then close the store.

    In the end each may finish what it is at: a statement broken off leaves its connection behind.
    """
    store, ending = app_state.store, app_state.ending
    jobs = [
        repeat(
            POLL_EVERY.total_seconds(), "looking for changes", app_state.snapshots.refresh, ending
        ),
        repeat(STORE_USES_EVERY, "noting uses", lambda: _store_uses(app_state), ending),
        repeat(QUEUE_LINKS_EVERY, "queueing links", lambda: _queue_links(app_state), ending),
        repeat(PRUNE_EVERY, "pruning", lambda: _prune(app_state), ending),
        repeat(PROBE_EVERY, "probing", lambda: store.probe(app_state.clock()), ending),
        app_state.vitals.keep_measuring(ending),
    ]
    seconds = FINISH_SECONDS
    if app_state.settings.worker:
        work = Work(store, app_state.settings, app_state.clock)
        work.measure(app_state.telemetry)
        jobs.append(work.run(ending))
        seconds += app_state.settings.drain_seconds + MARGIN
    else:
        jobs.append(repeat(EVERY, "noting the key", lambda: _note_key(app_state), ending))
    tasks = [asyncio.create_task(job) for job in jobs]
    for task in tasks:
        task.add_done_callback(lambda ended: _ended(app_state, ended))
    try:
        yield
    finally:
        ending.set()
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        with Outage("noting uses").borne():
            await _store_uses(app_state)
            await _queue_links(app_state)
        await store.close()


async def repeat(
    seconds: float, during: str, work: Callable[[], Awaitable[None]], ending: asyncio.Event
) -> None:
    """Do something again and again; a store that fails for a while is no reason to stop."""
    outage = Outage(during)
    while not ending.is_set():
        with outage.borne():
            await work()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ending.wait(), outage.pause(seconds))


async def _store_uses(app_state: AppState) -> None:
    await app_state.uses.store(app_state.store)
    await app_state.session_uses.store(app_state.store)


async def _queue_links(app_state: AppState) -> None:
    await app_state.link_requests.queue(app_state.store, now=app_state.clock())


async def _note_key(app_state: AppState) -> None:
    """Note which key this process knows, as a worker does: a newer one may be about to be used."""
    await note_key_use(app_state.store, app_state.key_mark, app_state.clock())


async def _prune(app_state: AppState) -> None:
    async with app_state.store.writing() as session:
        now, settings = app_state.clock(), app_state.settings
        await prune(session, now=now, kept_for=timedelta(hours=settings.keep_idempotency_hours))
        days = timedelta(days=settings.keep_sessions_days)
        await sessions.forget_old(session, now=now, kept_for=days)


def _ended(app_state: AppState, task: asyncio.Task[None]) -> None:
    if app_state.ending.is_set():
        return
    error = None if task.cancelled() else task.exception()
    log.critical("something inside died; this process ends", exc_info=error)
    app_state.dead = True
    for callback in app_state.on_death:
        callback()
