"""Runners: what does an answer's heavy work beside the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class Runner(Protocol):
    """Does work beside the event loop, as ``asyncio.to_thread`` does."""

    async def __call__(self, work: Callable[[], Result], /) -> Result:
        """Return the call's result."""
        ...
