"""How background work bears a store that fails: it logs that, waits, and goes on."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import structlog

from lifecycle.database.failures import FAULTS
from lifecycle.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_PAUSE = 5.0
"""Seconds: no return of the store is noticed later than that."""
DOUBLINGS = 10

log = structlog.get_logger(__name__)


class Outage:
    """The store's failures in a row, as met by one task that repeats itself."""

    def __init__(self, during: str) -> None:
        """Take the task's name, for the log."""
        self._during = during
        self.failures = 0

    @contextlib.contextmanager
    def borne(self) -> Iterator[None]:
        """Log a failure of the store instead of raising it; any other error is raised.

        A store that is unavailable is logged once; any other error of its driver each time, with
        its traceback.
        """
        try:
            yield
        except Unavailable as error:
            if not self.failures:
                log.warning("store unavailable", during=self._during, reason=error.detail)
            self.failures += 1
        except FAULTS:
            log.exception("the store failed for an unknown reason", during=self._during)
            self.failures += 1
        else:
            self.failures = 0

    def pause(self, usual: float) -> float:
        """Return the seconds until the next try: twice as many after each failure, within reason.

        >>> outage = Outage("counting")
        >>> outage.pause(1.0)
        1.0
        >>> outage.failures = 2
        >>> outage.pause(1.0)
        4.0
        """
        doubled = usual * 2.0 ** min(self.failures, DOUBLINGS)
        return min(doubled, max(usual, LONGEST_PAUSE))
