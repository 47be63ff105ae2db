"""Bodies: how much one request may send, and how much all of them together may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lifecycle.answers.check_limits import LARGEST_BODY_WITHOUT_TOKEN
from lifecycle.errors import LifecycleError, Unavailable

if TYPE_CHECKING:
    from lifecycle.server.asgi_types import Application, Message, Receive, Scope, Send

TOGETHER: Final = 64 << 20
"""How many bytes of bodies are held at once, where four of the largest are no more than that."""


class BodyTooLarge(LifecycleError):  # noqa: N818 -- named as all refusals are
    """The body is too large."""

    status_code = 413


class TooManyBodies(Unavailable):
    """Too many requests are sending bodies at once. Nothing was changed; ask again in a moment."""


class Bodies:
    """The layer before the handlers that counts what requests send until they are answered.

    Requests without a token may send 2 MiB each, and hold half of what all may hold together, so
    that they never keep out those who have one.
    """

    def __init__(self, application: Application, *, largest: int) -> None:
        """Take at most ``largest`` bytes of any request."""
        self._application = application
        self._largest = largest
        self._most = max(TOGETHER, 4 * largest)
        self.held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, what is received counted."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        body = _Body(self, scope, receive)
        try:
            await self._application(scope, body.receive, send)
        finally:
            self.held -= body.size

    def largest_of(self, *, anonymous: bool) -> int:
        """Return how many bytes one request may send."""
        return min(self._largest, LARGEST_BODY_WITHOUT_TOKEN) if anonymous else self._largest

    def hold(self, size: int, *, anonymous: bool) -> None:
        """Count bytes as held, or refuse them."""
        if self.held + size > (self._most // 2 if anonymous else self._most):
            raise TooManyBodies
        self.held += size


class _Body:
    """What one request has sent so far."""

    def __init__(self, bodies: Bodies, scope: Scope, receive: Receive) -> None:
        self._bodies = bodies
        self._scope = scope
        self._receive = receive
        self.size = 0

    async def receive(self) -> Message:
        """Return the next part; one that is too large is not waited for where that is announced."""
        anonymous = is_anonymous(self._scope)
        if not self.size:
            self._check(_announced(self._scope), anonymous=anonymous)
        message = await self._receive()
        if size := len(message.get("body", b"")):
            self._check(self.size + size, anonymous=anonymous)
            self._bodies.hold(size, anonymous=anonymous)
            self.size += size
        return message

    def _check(self, size: int, *, anonymous: bool) -> None:
        most = self._bodies.largest_of(anonymous=anonymous)
        if size > most:
            sender = " without a token" if anonymous else ""
            raise BodyTooLarge(
                f"The body is larger than the {most:,} bytes that are read{sender}; "
                "send it in parts."
            )


def is_anonymous(scope: Scope) -> bool:
    """Return whether a request came without a valid token, as far as that is known yet."""
    caller = scope.get("auth")
    return caller is None or caller.scope is None


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0
