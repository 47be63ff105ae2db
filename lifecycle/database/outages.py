"""How what runs beside the handlers bears a store that fails it: it says so, waits, and goes on."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import structlog

from lifecycle.database.failures import FAULTS
from lifecycle.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_PAUSE = 5.0
"""Seconds after which even what keeps failing is tried again: so late is its return noticed."""
DOUBLINGS = 10

log = structlog.get_logger(__name__)


class Outage:
    """Failures of the store in a row, met by one thing that is done again and again."""

    def __init__(self, during: str) -> None:
        """Take what is done, for the log."""
        self._during = during
        self.failures = 0

    @contextlib.contextmanager
    def borne(self) -> Iterator[None]:
        """Log what the store fails with, and go on: any other error is raised.

        A store that is away is reported once; what its driver raises besides, whole each time.
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
        """Give the seconds until the next try: twice as many after each failure, within reason.

        >>> outage = Outage("counting")
        >>> outage.pause(1.0)
        1.0
        >>> outage.failures = 2
        >>> outage.pause(1.0)
        4.0
        """
        doubled = usual * 2.0 ** min(self.failures, DOUBLINGS)
        return min(doubled, max(usual, LONGEST_PAUSE))
