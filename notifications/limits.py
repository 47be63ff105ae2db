"""How much may be under way to one target, so that a slow one holds up nobody."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

AHEAD = 16
"""So many times what may be under way is leased ahead, that the wire never waits for the store."""

SLOW_FOR = 600.0


class Target(msgspec.Struct):
    """What a worker has of one target: leased, of these under way, and who waits for a place."""

    leased: int = 0
    sending: int = 0
    next_at: float = 0.0
    waiting: deque[asyncio.Future[None]] = msgspec.field(default_factory=deque)


class Limits:
    """Counts what is under way to each target; seconds are those of a clock that never jumps.

    A target that took longer than ``slow_after`` seconds gets one at a time for ten minutes or
    until it is quick again, and all such targets together at most half of ``in_flight``.
    """

    def __init__(
        self,
        *,
        in_flight: int,
        per_target: int,
        rate: float,
        slow_after: float,
        clock: Callable[[], float],
    ) -> None:
        """Take ``rate`` as so many a second to each target; 0 is no limit."""
        self._in_flight = in_flight
        self._per_target = min(per_target, in_flight)
        self._spacing = 1 / rate if rate else 0.0
        self._slow_after = slow_after
        self._clock = clock
        self._targets: dict[str, Target] = {}
        self._slow: dict[str, float] = {}
        self._closed = False

    def room(self, target: str) -> int:
        """Say how many more of a target may be leased."""
        return self._most(target) - self._of(target).leased

    def busy(self) -> set[str]:
        """Name the targets of which no more is to be leased now."""
        for target in [each for each, until in self._slow.items() if until < self._clock()]:
            del self._slow[target]
        busy = {each for each in self._targets if self.is_busy(each)}
        slow = sum(self._targets[each].leased for each in self._slow if each in self._targets)
        if slow >= max(self._in_flight // 2, 1):
            busy |= self._slow.keys()
        return busy

    def is_busy(self, target: str) -> bool:
        """Say whether a target has more than half of what it may have."""
        state = self._targets.get(target)
        return state is not None and 2 * state.leased > self._most(target)

    def take(self, target: str) -> None:
        """Count one as leased."""
        self._targets.setdefault(target, Target()).leased += 1

    def leave(self, target: str) -> None:
        """Count one as leased no more."""
        state = self._targets[target]
        state.leased -= 1
        if not state.leased and state.next_at <= self._clock():
            del self._targets[target]

    async def enter(self, target: str) -> bool:
        """Wait for a place to send; False says to give it back instead: it would take too long."""
        state = self._targets[target]
        while state.sending >= self._places(target):
            if self._closed or target in self._slow:
                return False
            place = asyncio.get_running_loop().create_future()
            state.waiting.append(place)
            await place
        if self._closed:
            return False
        state.sending += 1
        if self._spacing:
            await self._space(state)
        return True

    def exit(self, target: str, seconds: float) -> None:
        """Free the place of a try that took so long."""
        state = self._targets[target]
        state.sending -= 1
        if seconds > self._slow_after:
            self._slow[target] = self._clock() + SLOW_FOR
            self._wake(state, len(state.waiting))
        else:
            self._slow.pop(target, None)
            self._wake(state, 1)

    def close(self) -> None:
        """Let nobody in any more."""
        self._closed = True
        for state in self._targets.values():
            self._wake(state, len(state.waiting))

    def _wake(self, state: Target, count: int) -> None:
        while count and state.waiting:
            place = state.waiting.popleft()
            if not place.done():
                place.set_result(None)
                count -= 1

    async def _space(self, state: Target) -> None:
        now = self._clock()
        at = max(now, state.next_at)
        state.next_at = at + self._spacing
        if at > now:
            try:
                await asyncio.sleep(at - now)
            except asyncio.CancelledError:
                state.sending -= 1
                raise

    def _places(self, target: str) -> int:
        return 1 if target in self._slow else self._per_target

    def _most(self, target: str) -> int:
        return 1 if target in self._slow else self._per_target * AHEAD

    def _of(self, target: str) -> Target:
        return self._targets.get(target) or Target()
