"""Bounds how long many tasks take, each on its own, by a single timer for all of them."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType


class Deadlines:
    """What takes longer than so many seconds ends in a ``TimeoutError``, as of ``asyncio.timeout``.

    That one makes a timer each time: with it a delivery, which has two of these, takes a tenth to a
    seventh more of the processor. Here all have as long, so the first to have begun is the first
    to be late: one timer waits for it. A task cannot be inside twice.
    """

    def __init__(self, most: float) -> None:
        """Give each block ``most`` seconds."""
        self._most = most
        self._begun: dict[asyncio.Task[Any] | None, float] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        if self._timer is None:
            # Kept: to ask for the running loop each time costs more than all the rest.
            self._loop = asyncio.get_running_loop()
            self._timer = self._loop.call_later(self._most, self._look)
        self._begun[asyncio.current_task(self._loop)] = monotonic()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        task = asyncio.current_task(self._loop)
        if self._begun.pop(task, None) is not None or task is None:
            return
        # It was late and has been cancelled; unless others cancel it too, it is merely out of time.
        if not task.uncancel() and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _look(self) -> None:
        self._timer = None
        for task, begun in list(self._begun.items()):
            seconds_left = begun + self._most - monotonic()
            if seconds_left > 0:
                self._timer = asyncio.get_running_loop().call_later(seconds_left, self._look)
                break
            del self._begun[task]
            if task is not None:
                task.cancel()
