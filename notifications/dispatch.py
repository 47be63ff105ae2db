"""Sends what a worker holds, as much at once as its targets bear, and gathers what came of it."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

import msgspec

from notifications import leases
from notifications.channels import CHANNELS
from notifications.deadlines import Deadlines
from notifications.fair_queue import Ready, Turns
from notifications.leased_messages import Leased, Message, Outcome
from notifications.outcomes import Tried
from notifications.target_limits import AHEAD, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Mapping

    from notifications.leased_messages import Transport

LOG = logging.getLogger("notifications.worker")


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How much at once, and how long; in seconds, where it is no ``timedelta``.

    ``lease`` must be longer than ``longest_send``. ``per_target_rate`` is so many a second, 0 for
    no limit. ``retry_scale`` shortens the lengths between tries, and is for tests.
    """

    in_flight: int = 200
    per_target: int = 10
    per_target_rate: float = 100.0
    slow_after: float = 3.0
    batch: int = 800
    lease: timedelta = leases.LENGTH
    longest_send: float = 40.0
    poll: float = 1.0
    stop_within: float = 20.0
    retry_scale: float = 1.0


class Gathered(msgspec.Struct):
    """What is to be written down: tries, and what was not sent after all, or not yet."""

    tried: list[Tried] = []
    returned: list[int] = []
    postponed: list[int] = []

    def __bool__(self) -> bool:
        return bool(self.tried or self.returned or self.postponed)


class Sender:
    """Holds leased deliveries until each was sent, skipped or given up.

    ``news`` is set when something is to be written down, ``ripe`` when it is a batch or all that
    there is, ``room`` when more may be leased of what was left out.
    """

    def __init__(
        self,
        channels: Mapping[str, Transport],
        *,
        clock: Callable[[], datetime],
        settings: WorkerSettings,
        room: asyncio.Event,
    ) -> None:
        self.news = asyncio.Event()
        self.ripe = asyncio.Event()
        self.room = room
        self.gathered = Gathered()
        self.limits = Limits(
            in_flight=settings.in_flight,
            per_target=settings.per_target,
            rate=settings.per_target_rate,
            slow_after=settings.slow_after,
            clock=monotonic,
        )
        self._channels = channels
        self._clock = clock
        self._settings = settings
        # Two batches at least: while one is being leased, the other goes out.
        self._capacity = max(settings.in_flight * AHEAD, 2 * settings.batch)
        self._leased_for = settings.lease.total_seconds()
        self._deadlines = Deadlines(settings.longest_send)
        self._turns = Turns(self.limits, self._pause)
        self._held: set[int] = set()
        self._unwritten: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._running = 0
        self._left_out: set[str] = set()
        self._closed = False

    def wanted(self) -> int:
        """Return how many more to lease now: a batch, or 0 until there is room for one.

        Small batches would cost more than their messages.
        """
        free = self._capacity - len(self._held)
        return self._settings.batch if free >= self._settings.batch else 0

    def busy(self) -> set[str]:
        """Name the targets to leave out of a lease; ``room`` is set once one of them is free."""
        self._left_out = self.limits.busy()
        return self._left_out

    def take(self, batch: Collection[Leased]) -> list[Leased]:
        """Hold what was leased, and give what was not held already.

        A clock that jumped may have ended a lease of our own; what was sent under it and is not
        written down yet must not be sent again.
        """
        ids_in_hand = self._held | self._unwritten
        fresh = [leased for leased in batch if leased.delivery_id not in ids_in_hand]
        for leased in fresh:
            self._held.add(leased.delivery_id)
            self.limits.take(leased.target)
        return fresh

    def send(self, leased: Leased, message: Message, *, since: float) -> None:
        """Send what was leased at a moment of the monotonic clock, as soon as there is a place."""
        self._turns.add(Ready(leased, message, since))
        self._start()

    def note(self, tried: Tried) -> None:
        """Hold a delivery no more: this came of it."""
        self.gathered.tried.append(tried)
        self._release(tried.leased)

    def give_back(self, leased: Leased) -> None:
        """Hold a delivery no more: it was not sent."""
        self.gathered.returned.append(leased.delivery_id)
        self._release(leased)

    def postpone(self, leased: Leased) -> None:
        """Hold a delivery no more: it cannot be sent yet."""
        self.gathered.postponed.append(leased.delivery_id)
        self._release(leased)

    def gather(self) -> Gathered:
        """Return at most a batch of what is to be written down; it is the caller's from now on."""
        size = self._settings.batch
        gathered = Gathered(
            self.gathered.tried[:size], self.gathered.returned, self.gathered.postponed
        )
        self.gathered = Gathered(self.gathered.tried[size:])
        self.ripe.clear()
        if self.gathered.tried:
            self._ripen()
        return gathered

    def written(self, gathered: Gathered) -> None:
        """Forget what has been written down: another lease of it is a new one."""
        self._unwritten.difference_update(result.leased.delivery_id for result in gathered.tried)
        self._unwritten.difference_update(gathered.returned, gathered.postponed)

    def close(self) -> None:
        """Begin nothing any more; what is not under way is given back."""
        self._closed = True
        for ready in self._turns.clear():
            self.give_back(ready.leased)

    async def finish(self, deadline: float) -> None:
        """Wait for what is under way; break it off at a deadline of the monotonic clock."""
        while self._tasks:
            await settle(self._tasks, deadline)

    def _start(self) -> None:
        """Fill the places that are free; each is kept for as long as there is something to send."""
        while self._running < self._settings.in_flight and (ready := self._turns.take()):
            self._running += 1
            self._begin(self._keep_sending(ready))

    async def _keep_sending(self, ready: Ready | None) -> None:
        try:
            while ready is not None:
                await self._deliver(ready)
                ready = self._turns.take()
                self._start()
        finally:
            self._running -= 1

    def _pause(self, target: str, length: float) -> None:
        self._begin(self._resume(target, length))

    async def _resume(self, target: str, length: float) -> None:
        await asyncio.sleep(length)
        self._turns.resume(target)
        self._start()

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, ready: Ready) -> None:
        """Send, unless it is too late for it; there is a place."""
        tried: Tried | None = None
        leased, begun = ready.leased, monotonic()
        seconds_left = self._leased_for - (begun - ready.since)
        try:
            if not self._closed and seconds_left >= self._settings.longest_send:
                at = self._clock()
                tried = Tried(leased, at, await self._send(leased, ready.message))
        finally:
            self._leave(leased.target, monotonic() - begun)
            if tried is None:
                self.give_back(leased)
            else:
                self.note(tried)

    def _leave(self, target: str, seconds: float) -> None:
        """Free the place; what waits for a slow target is given back, and keeps no room."""
        self.limits.exit(target, seconds)
        if self.limits.is_slow(target):
            for ready in self._turns.drop(target):
                self.give_back(ready.leased)
        else:
            self._turns.again(target)

    async def _send(self, leased: Leased, message: Message) -> Outcome:
        transport, channel = self._channels.get(leased.channel), CHANNELS.get(leased.channel)
        refused = None if transport else f"{leased.channel} is not set up here"
        if channel and channel.signs and not leased.secrets:
            refused = f"the {channel.name} has no secret that can be read: rotate it"
        if not leased.address:
            refused = "the address cannot be read with the secret key given"
        if transport is None or refused:
            return Outcome(succeeded=False, answer=refused or "", ours=True)
        try:
            with self._deadlines:
                return await transport.send(leased, message)
        except TimeoutError:
            return Outcome(succeeded=False, answer="it took too long")
        except Exception as error:
            LOG.exception("a channel failed at delivery %s", leased.delivery_id)
            answer = f"not sent: {type(error).__name__}"
            return Outcome(succeeded=False, answer=answer, ours=True)

    def _release(self, leased: Leased) -> None:
        self._held.discard(leased.delivery_id)
        self._unwritten.add(leased.delivery_id)
        self.limits.leave(leased.target)
        self.news.set()
        self._ripen()
        if leased.target in self._left_out and not self.limits.is_busy(leased.target):
            self._left_out.discard(leased.target)
            self.room.set()
        elif len(self._held) == self._capacity - self._settings.batch:
            self.room.set()

    def _ripen(self) -> None:
        if not self._held or len(self.gathered.tried) >= self._settings.batch:
            self.ripe.set()


async def settle(tasks: Collection[asyncio.Task[None]], deadline: float) -> None:
    """Wait for tasks; cancel those that are left at a deadline of the monotonic clock."""
    pending = set(tasks)
    if pending:
        _, pending = await asyncio.wait(pending, timeout=max(deadline - monotonic(), 0))
    for task in pending:
        task.cancel()
    if pending:
        await asyncio.wait(pending)
