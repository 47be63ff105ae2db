"""Processor time: what one request uses of it, and how heavy work leaves some to the others."""

from __future__ import annotations

import asyncio
import time
import types
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from lifecycle.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

MOST_WAITING: Final = 8
"""How many heavy questions wait for their turn; more are refused, and ask again."""


class TooBusy(Unavailable):
    """Too many costly requests are waiting; ask again in a moment."""


class Meter:
    """The processor seconds that one request has used."""

    def __init__(self) -> None:
        self.seconds = 0.0


METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


class HeavyWork:
    """Does what costs much for those without a token one after the other, however many ask."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def run(
        self, work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Do it in a thread when its turn comes; refused where too many wait already."""
        if self._waiting >= MOST_WAITING:
            raise TooBusy
        self._waiting += 1
        try:
            async with self._turn:
                return await run_in_thread(work, *args, **kwargs)
        finally:
            self._waiting -= 1


async def run_in_thread(
    work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Do it beside the event loop, and count its processor seconds for who asks."""
    return await asyncio.to_thread(_measured, partial(work, *args, **kwargs))


def _measured(work: Callable[[], Result]) -> Result:
    begun = time.thread_time()
    try:
        return work()
    finally:
        if meter := METER.get():
            meter.seconds += time.thread_time() - begun


@types.coroutine
def metered(awaitable: Awaitable[None], meter: Meter) -> Generator[Any, Any, None]:
    """Run what is awaited, and count the processor seconds of its own steps alone."""
    coroutine = awaitable.__await__()
    error: BaseException | None = None
    while True:
        begun = time.thread_time()
        try:
            awaited = coroutine.send(None) if error is None else coroutine.throw(error)
        except StopIteration:
            return
        finally:
            meter.seconds += time.thread_time() - begun
        error = None
        try:
            yield awaited
        except BaseException as thrown:  # noqa: BLE001 -- passed on to what is awaited
            error = thrown
