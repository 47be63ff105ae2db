"""The worker: the schedule and the deliveries, side by side until they are told to stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import structlog

from lifecycle.audit.actions import append
from lifecycle.audit.chain import By
from lifecycle.database.failures import FAULTS
from lifecycle.database.outages import Outage
from lifecycle.deprecations.notices.renderings import make_render
from lifecycle.errors import Unavailable
from lifecycle.keys import secret_key
from lifecycle.scheduler import channel_setup
from lifecycle.scheduler.archived_rows import archive_nightly
from lifecycle.scheduler.cycle import CycleCounts, Schedule
from lifecycle.scheduler.key_uses import forget_key_use, mark_of, note_key_use
from lifecycle.scheduler.vitals import EVERY, give_sign_of_life
from notifications.secrets import Links, Vault
from notifications.worker import Worker, WorkerSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.database.store import Store
    from lifecycle.settings import Settings
    from lifecycle.telemetry import Telemetry
    from notifications.events import Event
    from notifications.leased_messages import Transport

ARCHIVED_EVERY = 3600.0
"""Seconds between two looks whether another day has begun."""
LEAST_PAUSE = 0.1
"""Commits come by the hundred while deliveries go out; the schedule looks no oftener than this."""
LONGEST_SEND = 40.0
MARGIN = 5.0

log = structlog.get_logger(__name__)


class Work:
    """All that a worker does for a store; made once, run once."""

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], datetime]) -> None:
        self.schedule = Schedule(store)
        self._store = store
        self._settings = settings
        self._clock = clock
        self._woken = asyncio.Event()
        self._worker: Worker | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """How many deliveries had which outcome."""
        return self._worker.counts if self._worker else Counter()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``; then finish what is under way, or give it back.

        A store that fails is waited for; any other error ends it, and is raised.
        """
        async with contextlib.AsyncExitStack() as stack:
            channels = await stack.enter_async_context(channel_setup.channels(self._settings))
            self._worker = self._deliverer(channels)
            self._store.on_commit(self._wake)
            await self._side_by_side(self._worker, stop)

    def _deliverer(self, channels: Mapping[str, Transport]) -> Worker:
        key = secret_key(self._settings)
        lease = self._settings.lease_seconds
        return Worker(
            self._store.writing,
            channels,
            render=make_render(self._store, self._settings, Links(key, self._clock)),
            record=self._record,
            clock=self._clock,
            vault=Vault(key),
            settings=WorkerSettings(
                lease=timedelta(seconds=lease),
                longest_send=min(LONGEST_SEND, lease / 3),
                poll=self._settings.poll_seconds,
                stop_within=self._settings.drain_seconds,
            ),
            away=(Unavailable,),
            faults=FAULTS,
        )

    async def _side_by_side(self, worker: Worker, stop: asyncio.Event) -> None:
        ending = asyncio.Event()
        jobs = [
            worker.run(ending),
            self._keep_ticking(worker, ending),
            self._keep_living(ending),
            self._keep_archiving(ending),
        ]
        tasks = [asyncio.create_task(job) for job in jobs]
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        ending.set()
        self._woken.set()
        await asyncio.wait(tasks, timeout=self._settings.drain_seconds + MARGIN)
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    def _wake(self, _products: frozenset[str | None], _head: int) -> None:
        self._woken.set()
        if self._worker is not None:
            self._worker.wake()

    async def _keep_ticking(self, worker: Worker, ending: asyncio.Event) -> None:
        outage = Outage("the schedule")
        while not ending.is_set():
            self._woken.clear()
            with outage.borne():
                if await self.schedule.tick(self._clock()) != CycleCounts():
                    worker.wake()
            await _wait(ending, LEAST_PAUSE)
            if outage.failures:  # commits of others would wake it at once
                await _wait(ending, outage.pause(self._settings.poll_seconds))
            else:
                await _wait(self._woken, self._settings.poll_seconds)

    async def _keep_living(self, ending: asyncio.Event) -> None:
        outage, mark = Outage("giving a sign of life"), mark_of(secret_key(self._settings))
        while not ending.is_set():
            with outage.borne():
                await give_sign_of_life(self._store, self._clock())
                await note_key_use(self._store, mark, self._clock())
            await _wait(ending, EVERY)
        with outage.borne():
            await forget_key_use(self._store, mark)

    async def _keep_archiving(self, ending: asyncio.Event) -> None:
        outage = Outage("archiving")
        while not ending.is_set():
            with outage.borne():
                await archive_nightly(self._store, self._settings, now=self._clock(), ending=ending)
            await _wait(ending, ARCHIVED_EVERY)

    async def _record(self, session: AsyncSession, event: Event) -> None:
        by = By("system", self._clock())
        append(session, by, event.action, event.owner, details=event.details)

    def measure(self, telemetry: Telemetry) -> None:
        """Show what the worker does among the metrics."""
        telemetry.counters(
            "lifecycle_deliveries", "Attempts at deliveries.", "outcome", lambda: self.counts
        )
        telemetry.counters(
            "lifecycle_schedule", "Automatic steps carried out.", "what", self._happened
        )
        telemetry.gauge(
            "lifecycle_untold_accounts",
            "Affected accounts with neither a delivery nor a recorded reason.",
            lambda: sum(self.schedule.untold.values()),
        )

    def _happened(self) -> Mapping[str, int]:
        return msgspec.structs.asdict(self.schedule.total)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
