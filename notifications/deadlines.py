"""Bounds how long many tasks take, each on its own, by a single timer for all of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType


class Deadlines:
    """What takes longer than so many seconds ends in a ``TimeoutError``, as of ``asyncio.timeout``.

    That one makes a timer each time, which is a noticeable part of sending a message. Here all
    have as long, so the first to have begun is the first to be late: one timer waits for it. A
    task cannot be inside twice.
    """

    def __init__(self, most: float) -> None:
        """Take seconds of the loop's clock."""
        self._most = most
        self._begun: dict[asyncio.Task[Any] | None, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        self._begun[asyncio.current_task()] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(self._most, self._look)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        task = asyncio.current_task()
        if self._begun.pop(task, None) is not None or task is None:
            return
        # It was late and has been cancelled; unless others cancel it too, it is merely out of time.
        if not task.uncancel() and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        for task, begun in list(self._begun.items()):
            late_at = begun + self._most
            if late_at > loop.time():
                self._timer = loop.call_at(late_at, self._look)
                break
            del self._begun[task]
            if task is not None:
                task.cancel()
