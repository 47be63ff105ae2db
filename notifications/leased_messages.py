"""What passes between outbox, renderer and channels."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias

import msgspec

LONGEST_ANSWER = 500


class Leased(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A delivery that a worker holds, with all that sending it needs.

    ``address`` and ``secrets`` are in clear; ``secrets`` has the current one first, then the
    former while it is valid. ``tries`` counts those made before.
    """

    delivery_id: int
    kind: str
    notice_id: int | None
    thread: int | None
    owner: str
    tries: int
    created_at: datetime
    first_tried_at: datetime | None
    subscription_id: int
    subscription_uid: str
    channel: str
    address: str
    target: str
    secrets: tuple[str, ...] = ()
    failing_since: datetime | None = None
    details: dict[str, Any] | None = None


class Message(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is sent; only what the channel asked for needs is filled in.

    ``uid`` stays the same however often it is sent. ``body`` is the webhook's JSON; ``subject``,
    ``text`` and ``html`` are the e-mail's, the first two also the chat's. ``one_click`` is the
    https address of RFC 8058 at which a POST unsubscribes. ``timestamp`` is that of the try.
    """

    uid: str
    type: str
    timestamp: datetime
    body: bytes = b""
    subject: str = ""
    text: str = ""
    html: str = ""
    one_click: str | None = None


class Skip(msgspec.Struct, frozen=True, gc=False):
    """Nothing is to be sent any more, and why."""

    reason: str


class Outcome(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What came of one try.

    ``answer`` is a short sentence of printable characters. ``permanent``: a repetition cannot
    help. ``disable``: the address asked for no more. ``ours``: the fault lies on this side (no
    mail server, say), and tells nothing about the address. ``body_sha256`` is of the bytes sent.
    """

    succeeded: bool
    answer: str
    status: int | None = None
    retry_after: timedelta | None = None
    permanent: bool = False
    disable: bool = False
    ours: bool = False
    milliseconds: int = 0
    body_sha256: str | None = None


Render: TypeAlias = Callable[[Sequence[Leased], datetime], Awaitable[Mapping[int, Message | Skip]]]
"""Give, for each delivery's id, what to send; a delivery it leaves out is not sent now."""


class Transport(Protocol):
    """What sends the messages of a channel."""

    async def send(self, leased: Leased, message: Message) -> Outcome:
        """Try once; nothing that the network or the receiver does raises."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


def printable(text: str) -> str:
    r"""Return what may be stored and shown of an untrusted text.

    >>> printable("no\r\nsuch\x00 user")
    'no such user'
    """
    shown = "".join(
        letter if letter.isprintable() else " " for letter in text[: LONGEST_ANSWER * 4]
    )
    return " ".join(shown.split())[:LONGEST_ANSWER]
