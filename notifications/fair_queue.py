"""What waits to be sent, by target; targets take turns, each as often as its limits allow.

What waits needs no task. With a limiter and semaphores for each target (aiolimiter, asyncio) a
message would be one from the start: five times the cost, and nothing to give back at once where a
target turns out slow.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from notifications.leased_messages import Leased, Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from notifications.target_limits import Limits


class Ready(msgspec.Struct, frozen=True, gc=False):
    """A delivery with its message, leased at a moment of the monotonic clock."""

    leased: Leased
    message: Message
    since: float


class Turns:
    """Queues of what is ready; ``pause`` is told of a target that may begin in so many seconds."""

    def __init__(self, limits: Limits, pause: Callable[[str, float], None]) -> None:
        """Count on ``resume`` being called for a target that ``pause`` was told of."""
        self._limits = limits
        self._pause = pause
        self._queues: dict[str, deque[Ready]] = {}
        self._turns: deque[str] = deque()
        self._named: set[str] = set()

    def add(self, ready: Ready) -> None:
        """Queue a delivery."""
        target = ready.leased.target
        self._queues.setdefault(target, deque()).append(ready)
        self.again(target)

    def again(self, target: str) -> None:
        """Give a target another turn if anything of it waits, and it has none to come."""
        if target in self._queues and target not in self._named:
            self._named.add(target)
            self._turns.append(target)

    def resume(self, target: str) -> None:
        """Give a target its turn after a pause."""
        self._turns.append(target)

    def take(self) -> Ready | None:
        """Return what is to be sent next and take its place; None while all targets must wait."""
        while self._turns:
            target = self._turns.popleft()
            queue = self._queues.get(target)
            wait = self._limits.wait(target) if queue else None
            if wait:
                self._pause(target, wait)
                continue
            self._named.discard(target)
            if queue and wait is not None:
                return self._first(target, queue)
        return None

    def drop(self, target: str) -> list[Ready]:
        """Remove and return everything that waits for a target."""
        return list(self._queues.pop(target, ()))

    def clear(self) -> list[Ready]:
        """Remove and return everything that waits."""
        return [ready for target in list(self._queues) for ready in self.drop(target)]

    def _first(self, target: str, queue: deque[Ready]) -> Ready:
        ready = queue.popleft()
        self._limits.enter(target)
        if queue:
            self.again(target)
        else:
            del self._queues[target]
        return ready
