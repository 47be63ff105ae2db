"""How much may be under way to one target, so that a slow one holds up nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

AHEAD = 16
"""So many times what may be under way is leased ahead, that the wire never waits for the store."""

SLOW_FOR = 600.0


class Target(msgspec.Struct):
    """What a worker has of one target: leased, and of these under way."""

    leased: int = 0
    sending: int = 0
    next_at: float = 0.0


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

    def room(self, target: str) -> int:
        """Return how many more of a target may be leased."""
        return self._most(target) - self._of(target).leased

    def busy(self) -> set[str]:
        """Name the targets of which no more is to be leased now."""
        for target in [target for target, until in self._slow.items() if until < self._clock()]:
            del self._slow[target]
        busy = {target for target in self._targets if self.is_busy(target)}
        slow = sum(self._targets[target].leased for target in self._slow if target in self._targets)
        if slow >= max(self._in_flight // 2, 1):
            busy |= self._slow.keys()
        return busy

    def is_busy(self, target: str) -> bool:
        """Return whether a target has more than half of what it may have."""
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

    def wait(self, target: str) -> float | None:
        """Say in how many seconds another may begin; None is once one under way has ended."""
        state = self._targets[target]
        if state.sending >= self._places(target):
            return None
        return max(state.next_at - self._clock(), 0.0) if self._spacing else 0.0

    def enter(self, target: str) -> None:
        """Take a place to send."""
        state = self._targets[target]
        state.sending += 1
        if self._spacing:
            state.next_at = max(self._clock(), state.next_at) + self._spacing

    def exit(self, target: str, seconds: float) -> None:
        """Free the place of a try that took so long."""
        self._targets[target].sending -= 1
        if seconds > self._slow_after:
            self._slow[target] = self._clock() + SLOW_FOR
        else:
            self._slow.pop(target, None)

    def is_slow(self, target: str) -> bool:
        """Return whether a target gets one at a time."""
        return target in self._slow

    def _places(self, target: str) -> int:
        return 1 if target in self._slow else self._per_target

    def _most(self, target: str) -> int:
        return 1 if target in self._slow else self._per_target * AHEAD

    def _of(self, target: str) -> Target:
        return self._targets.get(target) or Target()
