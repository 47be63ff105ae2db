"""When a failed delivery is tried again, and when an address is given up."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import msgspec

DELAYS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long before each try; after the tenth a delivery is exhausted."""

DAY = timedelta(days=1)
LIFE = timedelta(days=5)
JITTER = 0.1
ESTABLISHED = 3
"""So often must a delivery itself have failed before the failures of days count against it."""

GONE = "its server answered 410 Gone"
FAILING = "every delivery has failed for five days"


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A failed try; ``tries`` counts it. ``failing_since`` is the first of an unbroken row."""

    delivery_id: int
    tries: int
    at: datetime
    first_tried_at: datetime
    failing_since: datetime
    retry_after: timedelta | None = None
    permanent: bool = False
    disable: bool = False


class Next(msgspec.Struct, frozen=True):
    """When to try again (None: never), whether it is exhausted, and why to disable, if so."""

    due_at: datetime | None
    exhausted: bool = False
    disable: str | None = None


def next_attempt(failure: Failure, *, scale: float = 1.0) -> Next:
    """Return what follows a failure; ``scale`` shortens every length, and is for tests.

    >>> at = datetime(2026, 11, 21, 12)
    >>> first = Failure(delivery_id=1, tries=1, at=at, first_tried_at=at, failing_since=at)
    >>> (next_attempt(first).due_at - at).seconds
    5
    """
    if failure.disable:
        return Next(None, exhausted=False, disable=GONE)
    age = failure.at - failure.first_tried_at
    exhausted = failure.permanent or failure.tries >= len(DELAYS) or age >= LIFE * scale
    failing = failure.at - failure.failing_since
    if failing >= LIFE * scale and failure.tries >= ESTABLISHED:
        return Next(None, exhausted, FAILING)
    if failure.permanent or age >= LIFE * scale:
        return Next(None, exhausted=True)
    delay = _daily(failure, scale) if exhausted else _delay(failure, scale)
    asked_pause = min(failure.retry_after or timedelta(0), DAY) * scale
    return Next(failure.at + max(delay, asked_pause), exhausted)


def _delay(failure: Failure, scale: float) -> timedelta:
    return DELAYS[failure.tries] * scale * (1 + JITTER * _fraction(failure))


def _daily(failure: Failure, scale: float) -> timedelta:
    """Wait a day, but have the last try on the fifth day after the first."""
    last = failure.first_tried_at + LIFE * scale - failure.at
    return min(DAY * scale, last)


def _fraction(failure: Failure) -> float:
    """Draw from 0 up to 1, the same for the same try: what fails together comes back spread."""
    seed = f"{failure.delivery_id}/{failure.tries}".encode()
    return int.from_bytes(hashlib.sha256(seed).digest()[:6], "big") / 2**48
