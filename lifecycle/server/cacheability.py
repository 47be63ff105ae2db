"""The mark a handler puts on its answer: who may keep it, and until when it holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import MutableMapping

PROGRAM = "*"
"""In a product's place: the answer follows from the program, and holds as long as that runs.

No product is called so, and so none has another revision than None.
"""
_KEY = "lifecycle.cacheability"
_PRIVATE = "lifecycle.private"
_STEPS = (30, 10, 5, 1, 0)


class Cacheability(NamedTuple):
    """An answer that may be kept while ``revision`` is ``product``'s and ``deadline`` is ahead.

    It is an answer of the instant it was ``made``: a clock set back before that asks anew.
    Without a product it gets its ETag and Cache-Control, but is not kept in this process. What is
    not ``public`` is for the one who asked. A ``tag`` goes before the digest in its ETag.
    """

    product: str | None = None
    revision: object = None
    deadline: datetime | None = None
    public: bool = True
    tag: str = ""
    made: datetime | None = None


def set_cacheability(scope: MutableMapping[str, Any], cacheability: Cacheability) -> None:
    """Mark the answer to this request."""
    scope[_KEY] = cacheability


def keep_private(scope: MutableMapping[str, Any]) -> None:
    """Have the answer kept nowhere, whatever a handler marks: it may show who is signed in."""
    scope[_PRIVATE] = True


def is_private(scope: MutableMapping[str, Any]) -> bool:
    """Return whether the answer may show who is signed in."""
    return _PRIVATE in scope


def cacheability_of(scope: MutableMapping[str, Any]) -> Cacheability | None:
    """Return the mark on the answer to this request, if it has one and may be kept at all."""
    cacheability: Cacheability | None = None if _PRIVATE in scope else scope.get(_KEY)
    return cacheability


def freshness(now: datetime, deadline: datetime | None, longest: int) -> tuple[int, datetime]:
    """Say for how many seconds a client may keep an answer, and until when we may say so.

    A client that is told so at the last moment must still let go of it by the deadline. Close to
    the deadline the seconds shrink in steps, so that an answer is rendered anew only a few times.

    >>> from datetime import UTC
    >>> midnight = datetime(2026, 1, 2, tzinfo=UTC)
    >>> freshness(midnight - timedelta(seconds=45), midnight, 60)[0]
    30
    """
    if deadline is None:
        return longest, datetime.max.replace(tzinfo=now.tzinfo)
    seconds_left = (deadline - now).total_seconds()
    for seconds in (longest, *(step for step in _STEPS if step < longest)):
        if seconds < seconds_left:
            return seconds, deadline - timedelta(seconds=seconds)
    return 0, deadline
