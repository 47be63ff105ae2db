"""The worker: leases what is due, sends it concurrently, and records what came of it in batches."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import uuid
from collections import Counter
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from notifications import leases, records
from notifications.judging import Tried
from notifications.limits import AHEAD, Limits
from notifications.messages import Leased, Message, Outcome, Skip

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy.ext.asyncio import AsyncSession

    from notifications.events import Record, Vault
    from notifications.messages import Channel, Render

    Writes: TypeAlias = Callable[[], AbstractAsyncContextManager[AsyncSession]]

LOG = logging.getLogger("notifications.worker")
POSTPONED = timedelta(minutes=1)
LINGER = 0.01
SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
REMEMBERED = 20_000


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How much at once, and how long; seconds where not said otherwise.

    ``lease`` must be longer than ``longest_send``. ``per_target_rate`` is so many a second, 0 for
    no limit. ``retry_scale`` shortens the lengths between tries, and is for tests.
    """

    in_flight: int = 200
    per_target: int = 10
    per_target_rate: float = 100.0
    slow_after: float = 3.0
    batch: int = 200
    lease: timedelta = leases.LENGTH
    longest_send: float = 40.0
    poll: float = 1.0
    stop_within: float = 20.0
    retry_scale: float = 1.0


class Remembering:
    """A vault that need not decrypt the same secret for every message."""

    def __init__(self, vault: Vault) -> None:
        self.encrypt = vault.encrypt
        self.decrypt = lru_cache(REMEMBERED)(vault.decrypt)


class Worker:
    """Delivers what is due until it is stopped; any number may run beside each other.

    ``away`` are the errors of a store that is gone for the moment: it waits for its return. What
    it holds when it is killed others take over once the lease has run out.
    """

    def __init__(  # noqa: PLR0913 -- keyword-only ones read well
        self,
        writes: Writes,
        channels: Mapping[str, Channel],
        *,
        render: Render,
        record: Record,
        clock: Callable[[], datetime],
        vault: Vault | None = None,
        settings: WorkerSettings | None = None,
        away: tuple[type[Exception], ...] = (),
    ) -> None:
        """Take ``writes``, which gives a session that commits when it is left."""
        self.name = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:12]}"
        self.counts: Counter[str] = Counter()
        self._writes = writes
        self._channels = channels
        self._render = render
        self._record = record
        self._clock = clock
        self._vault = Remembering(vault) if vault else None
        self._settings = settings or WorkerSettings()
        self._away = away
        self._woken = asyncio.Event()
        self._starting_afresh()

    def _starting_afresh(self) -> None:
        known = self._settings
        self._limits = Limits(
            in_flight=known.in_flight,
            per_target=known.per_target,
            rate=known.per_target_rate,
            slow_after=known.slow_after,
            clock=_seconds,
        )
        self._capacity = max(known.in_flight * AHEAD, known.batch)
        self._places = asyncio.Semaphore(known.in_flight)
        self._held: set[int] = set()
        self._sends: set[asyncio.Task[None]] = set()
        self._tried: list[Tried] = []
        self._returned: list[int] = []
        self._postponed: list[int] = []
        self._news = asyncio.Event()
        self._left_out: set[str] = set()
        self._closing = False
        self._drained = False

    def wake(self) -> None:
        """Look for what is due at once; call it from the worker's own loop."""
        self._woken.set()

    async def deliver_batch(self) -> int:
        """Send what is due, up to one batch, and record it; give how many were taken."""
        taken = await self._feed()
        if self._sends:
            await asyncio.wait(self._sends)
        while self._has_news():
            await self._record_some()
        return taken

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until ``stop``; then finish what is under way, or give it back.

        Any error but that the store is away ends it, and is raised.
        """
        self._starting_afresh()
        recording = asyncio.create_task(self._keep_recording())
        feeding = asyncio.create_task(self._keep_feeding(stop))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({recording, feeding, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            await self._finish(feeding, recording)
        for task in (feeding, recording):
            if not task.cancelled():
                task.result()

    async def _finish(self, feeding: asyncio.Task[None], recording: asyncio.Task[None]) -> None:
        deadline = _seconds() + self._settings.stop_within
        self._closing = True
        self._woken.set()
        self._limits.close()
        await _settle({feeding}, deadline)
        await _settle(self._sends, deadline)
        self._drained = True
        self._news.set()
        await _settle({recording}, max(deadline, _seconds() + SHORTEST_PAUSE))
        try:
            async with asyncio.timeout(self._settings.stop_within), self._writes() as session:
                await leases.give_back(session, self.name)
        except TimeoutError:
            LOG.warning("leases were not given back in time: they run out by themselves")
        except self._away as error:
            LOG.warning("leases were not given back, they run out by themselves: %s", error)

    async def _keep_feeding(self, stop: asyncio.Event) -> None:
        pause = SHORTEST_PAUSE
        while not stop.is_set() and not self._closing:
            self._woken.clear()
            try:
                taken = await self._feed() if self._has_room() else 0
            except self._away as error:
                LOG.warning("the store is away, the next look is in %.1f s: %s", pause, error)
                await _wait(stop, pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            pause = SHORTEST_PAUSE
            if not taken:
                await _wait(self._woken, self._settings.poll)

    async def _feed(self) -> int:
        """Lease a batch and start to send it."""
        now, since = self._clock(), _seconds()
        self._left_out = self._limits.busy()
        async with self._writes() as session:
            batch = await leases.lease(
                session,
                self.name,
                now=now,
                limit=min(self._settings.batch, self._capacity - len(self._held)),
                vault=self._vault,
                length=self._settings.lease,
                busy=self._left_out,
                room=self._limits.room,
            )
        # A clock that jumped may have ended a lease of our own.
        batch = [each for each in batch if each.delivery_id not in self._held]
        for each in batch:
            self._held.add(each.delivery_id)
            self._limits.take(each.target)
        try:
            messages = await self._rendered(batch, now) if batch else {}
        except BaseException:
            for each in batch:
                self._release(each, self._returned)
            raise
        for each in batch:
            self._begin(each, messages.get(each.delivery_id), since, now)
        return len(batch)

    async def _rendered(
        self, batch: Sequence[Leased], now: datetime
    ) -> Mapping[int, Message | Skip | Outcome]:
        """Have the messages written; one that cannot be spoils no other."""
        try:
            return await self._render(batch, now)
        except self._away:
            raise
        except Exception as error:
            if len(batch) > 1:
                single = [await self._rendered([each], now) for each in batch]
                return {key: value for each in single for key, value in each.items()}
            LOG.exception("delivery %s could not be written", batch[0].delivery_id)
            answer = f"the message could not be written: {type(error).__name__}"
            return {batch[0].delivery_id: Outcome(succeeded=False, answer=answer)}

    def _begin(
        self,
        leased: Leased,
        message: Message | Skip | Outcome | None,
        since: float,
        now: datetime,
    ) -> None:
        if isinstance(message, Message):
            task = asyncio.create_task(self._deliver(leased, message, since))
            self._sends.add(task)
            task.add_done_callback(self._sends.discard)
        elif message is None:
            self._release(leased, self._postponed)
        else:
            self._tried.append(Tried(leased, now, message))
            self._release(leased)

    async def _deliver(self, leased: Leased, message: Message, since: float) -> None:
        tried: Tried | None = None
        try:
            if await self._limits.enter(leased.target):
                tried = await self._attempt(leased, message, since)
        finally:
            if tried is None:
                self._release(leased, self._returned)
            else:
                self._tried.append(tried)
                self._release(leased)

    async def _attempt(self, leased: Leased, message: Message, since: float) -> Tried | None:
        """Send when there is a place for it, unless the lease could run out meanwhile."""
        begun = _seconds()
        try:
            async with self._places:
                begun = _seconds()
                left = self._settings.lease.total_seconds() - (begun - since)
                if self._closing or left < self._settings.longest_send:
                    return None
                at = self._clock()
                return Tried(leased, at, await self._send(leased, message))
        finally:
            self._limits.exit(leased.target, _seconds() - begun)

    async def _send(self, leased: Leased, message: Message) -> Outcome:
        channel = self._channels.get(leased.channel)
        if channel is None:
            return Outcome(succeeded=False, answer=f"{leased.channel} is not set up here")
        try:
            async with asyncio.timeout(self._settings.longest_send):
                return await channel.send(leased, message)
        except TimeoutError:
            return Outcome(succeeded=False, answer="it took too long")
        except Exception as error:
            LOG.exception("a channel failed at delivery %s", leased.delivery_id)
            return Outcome(succeeded=False, answer=f"not sent: {type(error).__name__}")

    def _release(self, leased: Leased, where: list[int] | None = None) -> None:
        """Hold a delivery no more, and look for others if they were left out for its sake."""
        if where is not None:
            where.append(leased.delivery_id)
        self._held.discard(leased.delivery_id)
        self._limits.leave(leased.target)
        self._news.set()
        if leased.target in self._left_out and not self._limits.is_busy(leased.target):
            self._left_out.discard(leased.target)
            self._woken.set()
        elif len(self._held) == self._enough:
            self._woken.set()

    @property
    def _enough(self) -> int:
        return self._capacity * 3 // 4

    def _has_room(self) -> bool:
        return len(self._held) <= self._enough

    def _has_news(self) -> bool:
        return bool(self._tried or self._returned or self._postponed)

    async def _keep_recording(self) -> None:
        while True:
            await self._news.wait()
            if not self._has_news():
                if self._drained:
                    return
                self._news.clear()
                continue
            if len(self._tried) < self._settings.batch and not self._drained:
                await asyncio.sleep(LINGER)
            await self._record_some()

    async def _record_some(self) -> None:
        """Write down one batch; while the store is away, keep it and try again."""
        size = self._settings.batch
        tried, self._tried = self._tried[:size], self._tried[size:]
        returned, self._returned = self._returned, []
        postponed, self._postponed = self._postponed, []
        pause = SHORTEST_PAUSE
        while True:
            try:
                async with self._writes() as session:
                    counts = await self._write(session, tried, returned, postponed)
            except self._away as error:
                LOG.warning("outcomes wait %.1f s for the store: %s", pause, error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self.counts += counts
                return

    async def _write(
        self,
        session: AsyncSession,
        tried: Sequence[Tried],
        returned: Collection[int],
        postponed: Collection[int],
    ) -> Counter[str]:
        now = self._clock()
        counts: Counter[str] = Counter()
        if tried:
            counts = await records.record(
                session,
                self.name,
                tried,
                now=now,
                record=self._record,
                scale=self._settings.retry_scale,
            )
        if returned:
            await leases.give_back(session, self.name, returned)
        if postponed:
            await leases.give_back(session, self.name, postponed, due_at=now + POSTPONED)
        return counts


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


async def _settle(tasks: Collection[asyncio.Task[Any]], deadline: float) -> None:
    """Wait for tasks until a deadline, then cancel those that are left."""
    pending = set(tasks)
    if pending:
        _, pending = await asyncio.wait(pending, timeout=max(deadline - _seconds(), 0))
    for task in pending:
        task.cancel()
    if pending:
        await asyncio.wait(pending)


def _seconds() -> float:
    return asyncio.get_running_loop().time()
