"""The worker: leases what is due, has it sent, and records what came of it in batches."""

from __future__ import annotations

import asyncio
import logging
import os
import uuid
from collections import Counter
from datetime import datetime, timedelta
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias

from notifications import leases, outcome_records
from notifications.dispatch import Gathered, Sender, WorkerSettings, settle
from notifications.leased_messages import Leased, Message, Outcome, Skip
from notifications.outcomes import Tried

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy.ext.asyncio import AsyncSession

    from notifications.events import Record, Vault
    from notifications.leased_messages import Render, Transport

    Writes: TypeAlias = Callable[[], AbstractAsyncContextManager[AsyncSession]]

__all__ = ["Worker", "WorkerSettings"]

LOG = logging.getLogger("notifications.worker")
POSTPONED = timedelta(minutes=1)
LINGER = 0.1
SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
REMEMBERED = 20_000


class Remembering:
    """A vault that need not decrypt the same secret for every message."""

    def __init__(self, vault: Vault) -> None:
        self.encrypt = vault.encrypt
        self.decrypt = lru_cache(REMEMBERED)(vault.decrypt)


class Worker:
    """Delivers what is due until it is stopped; any number may run beside each other.

    ``away`` are the errors of a store that is gone for the moment, ``faults`` those of its driver
    that say nothing of the kind: it waits after either, and goes on. What it holds when it is
    killed others take over once the lease has run out.
    """

    def __init__(  # noqa: PLR0913 -- keyword-only ones read well
        self,
        writes: Writes,
        channels: Mapping[str, Transport],
        *,
        render: Render,
        record: Record,
        clock: Callable[[], datetime],
        vault: Vault | None = None,
        settings: WorkerSettings | None = None,
        away: tuple[type[Exception], ...] = (),
        faults: tuple[type[Exception], ...] = (),
    ) -> None:
        """Take ``writes``, which gives a session that commits when it is left."""
        # Random: it is shown in the log, where no host's name belongs.
        self.name = f"worker:{os.getpid()}-{uuid.uuid4().hex[:12]}"
        self.counts: Counter[str] = Counter()
        self._writes = writes
        self._channels = channels
        self._render = render
        self._record = record
        self._clock = clock
        self._vault = Remembering(vault) if vault else None
        self._settings = settings or WorkerSettings()
        self._away = away
        self._failed = (*away, *faults)
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look for what is due at once; call it in the worker's own loop."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until ``stop``; then finish what is under way, or give it back.

        Any error but a failure of the store ends it, and is raised.
        """
        sender, drained = self._sender(), asyncio.Event()
        recording = asyncio.create_task(self._keep_recording(sender, drained))
        feeding = asyncio.create_task(self._keep_feeding(sender, stop))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({recording, feeding, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            deadline = monotonic() + self._settings.stop_within
            sender.close()
            self._woken.set()
            await settle({feeding}, deadline)
            await sender.finish(deadline)
            drained.set()
            sender.news.set()
            await settle({recording}, deadline + SHORTEST_PAUSE)
            await self._give_back()
        for task in (feeding, recording):
            if not task.cancelled():
                task.result()

    def _sender(self) -> Sender:
        return Sender(self._channels, clock=self._clock, settings=self._settings, room=self._woken)

    async def _keep_feeding(self, sender: Sender, stop: asyncio.Event) -> None:
        pause = SHORTEST_PAUSE
        while not stop.is_set():
            self._woken.clear()
            try:
                leased = await self._feed(sender)
            except self._failed as error:
                self._report(error, "the store fails, the next look is in %.1f s: %s", pause)
                await _wait(stop, pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            pause = SHORTEST_PAUSE
            if not leased and not stop.is_set():
                await _wait(self._woken, self._settings.poll)

    async def _feed(self, sender: Sender) -> int:
        """Lease a batch and start to send it."""
        wanted_count = sender.wanted()
        if not wanted_count:
            return 0
        now, since = self._clock(), monotonic()
        async with self._writes() as session:
            batch = await leases.lease(
                session,
                self.name,
                now=now,
                limit=wanted_count,
                vault=self._vault,
                length=self._settings.lease,
                busy=sender.busy(),
                room=sender.limits.room,
            )
        leased_batch = sender.take(batch)
        try:
            messages = await self._written(leased_batch, now) if leased_batch else {}
        except BaseException:
            for leased in leased_batch:
                sender.give_back(leased)
            raise
        for leased in leased_batch:
            message = messages.get(leased.delivery_id)
            if isinstance(message, Message):
                sender.send(leased, message, since=since)
            elif message is None:
                sender.postpone(leased)
            else:
                sender.note(Tried(leased, now, message))
        return len(batch)

    async def _written(
        self, batch: Sequence[Leased], now: datetime
    ) -> Mapping[int, Message | Skip | Outcome]:
        """Have the messages written; one that cannot be spoils no other."""
        try:
            return await self._render(batch, now)
        except self._away:
            raise
        except Exception as error:
            if len(batch) > 1:
                each_alone = [await self._written([result], now) for result in batch]
                return {key: value for alone in each_alone for key, value in alone.items()}
            LOG.exception("delivery %s could not be written", batch[0].delivery_id)
            answer = f"the message could not be written: {type(error).__name__}"
            return {batch[0].delivery_id: Outcome(succeeded=False, answer=answer, ours=True)}

    async def _keep_recording(self, sender: Sender, drained: asyncio.Event) -> None:
        while True:
            await sender.news.wait()
            if not sender.gathered:
                if drained.is_set():
                    return
                sender.news.clear()
                continue
            if not drained.is_set():
                await _wait(sender.ripe, LINGER)
            await self._write_down(sender)

    async def _write_down(self, sender: Sender) -> None:
        """Record a batch; while the store is away, keep it and try again."""
        gathered, pause = sender.gather(), SHORTEST_PAUSE
        while True:
            try:
                async with self._writes() as session:
                    counts = await self._write(session, gathered)
            except self._failed as error:
                self._report(error, "outcomes wait %.1f s for the store: %s", pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self.counts += counts
                sender.written(gathered)
                return

    async def _write(self, session: AsyncSession, gathered: Gathered) -> Counter[str]:
        now = self._clock()
        counts: Counter[str] = Counter()
        if gathered.tried:
            counts = await outcome_records.record(
                session,
                self.name,
                gathered.tried,
                now=now,
                record=self._record,
                scale=self._settings.retry_scale,
            )
        if gathered.returned:
            await leases.give_back(session, self.name, gathered.returned)
        if gathered.postponed:
            later = now + POSTPONED
            await leases.give_back(session, self.name, gathered.postponed, due_at=later)
        return counts

    async def _give_back(self) -> None:
        try:
            async with asyncio.timeout(self._settings.stop_within), self._writes() as session:
                await leases.give_back(session, self.name)
        except TimeoutError:
            LOG.warning("leases were not given back in time: they run out by themselves")
        except self._failed as error:
            LOG.warning("leases were not given back, they run out by themselves: %s", error)

    def _report(self, error: Exception, message: str, pause: float) -> None:
        """Log a failure of the store; where nobody foresaw it, with all that is known of it."""
        unforeseen = None if isinstance(error, self._away) else error
        LOG.warning(message, pause, error, exc_info=unforeseen)


async def _wait(event: asyncio.Event, most: float) -> None:
    try:
        async with asyncio.timeout(most):
            await event.wait()
    except TimeoutError:
        pass
