"""Links to sign in that were asked for, which are queued a moment after the answer has gone.

Neither the answer nor the next one on its connection waits for what only a known address causes:
requests are taken up together at the next tick, whichever they are for.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import structlog

from lifecycle.accounts import sign_in_links
from lifecycle.errors import Unavailable

if TYPE_CHECKING:
    from datetime import datetime

    from lifecycle.database.store import Store

log = structlog.get_logger(__name__)


class _Request(NamedTuple):
    address: str
    next_path: str


class LinkRequests:
    """What was asked for since the last tick; a crash loses that, and people ask again."""

    def __init__(self) -> None:
        self._requests: deque[_Request] = deque()

    def note(self, address: str, next_path: str) -> None:
        """Remember an address, known or not, and where its link shall lead."""
        self._requests.append(_Request(address, next_path))

    async def queue(self, store: Store, *, now: datetime) -> None:
        """Queue a link for each account that has confirmed one of the addresses.

        While the store is unavailable, they stay remembered.
        """
        while self._requests:
            request = self._requests.popleft()
            try:
                async with store.writing() as session:
                    await sign_in_links.queue_links(
                        session, request.address, next_path=request.next_path, now=now
                    )
            except Unavailable:
                self._requests.appendleft(request)
                raise
            except Exception:
                log.exception("no link to sign in was queued")
