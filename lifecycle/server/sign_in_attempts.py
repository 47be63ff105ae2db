"""Attempts to sign in: how many may fail, from one address and from all of them together."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from lifecycle.errors import TooManyRequests
from lifecycle.server.quotas import Allowance, address_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from litestar.types import Scope as Routed

    from lifecycle.server.asgi_types import Scope

FAILURES_PER_MINUTE: Final = 5.0
"""Of one address; twice as many may come at once."""
FAILURES_OF_ALL_PER_MINUTE: Final = 150.0
"""Of all addresses. A secret cannot be guessed at either rate: this bounds what attempts cost."""
_ALL = "all"


class TooManySignIns(TooManyRequests):
    """There were too many failed attempts to sign in."""


class SignInAttempts:
    """The failed attempts of late; those that succeed are not counted."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._by_address = Allowance(FAILURES_PER_MINUTE, clock=clock)
        self._of_all = Allowance(FAILURES_OF_ALL_PER_MINUTE, clock=clock)

    @property
    def refusals(self) -> int:
        """How many attempts were refused for those that had failed before."""
        return self._by_address.refusals + self._of_all.refusals

    def check(self, scope: Scope | Routed) -> None:
        """Refuse an attempt where too many have failed."""
        if seconds := self._by_address.wait(address_in(scope)):
            raise TooManySignIns(
                f"Too many attempts to sign in from this address failed; try again in {seconds} "
                f"second{'s' * (seconds > 1)}.",
                retry_after=seconds,
            )
        if seconds := self._of_all.wait(_ALL):
            raise TooManySignIns(
                f"Too many attempts to sign in failed; try again in {seconds} "
                f"second{'s' * (seconds > 1)}.",
                retry_after=seconds,
            )

    def note_failure(self, scope: Scope | Routed) -> None:
        """Count an attempt that failed, or one that costs as much, such as a mail."""
        self._by_address.charge(address_in(scope), 1)
        self._of_all.charge(_ALL, 1)
