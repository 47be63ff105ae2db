"""What answers tell a browser: not to do with any of them, and whose scripts may read a few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

    from lifecycle.server.asgi_types import Application, Message, Receive, Scope, Send

POLICY: Final = "lifecycle.content-policy"
"""Where a handler that cannot set headers leaves the policy of the page it renders."""

NOTHING: Final = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
"""The policy of what is no page: shown as one, it runs and loads nothing."""

HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)
SHARED: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"deprecation, etag, link, retry-after, sunset"),
)
"""The headers with which a browser lets scripts of any site read an answer.

They never allow credentials: an answer to a cookie or a token stays unreadable to them.
"""

_SHARED_MARK = "lifecycle.shared"


def share(scope: MutableMapping[str, Any]) -> None:
    """Let scripts of any site read the answer to this request, unless it is a page."""
    scope[_SHARED_MARK] = True


class Defended:
    """Add these headers to every answer; one that has its own policy keeps it."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with these headers added."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return

        async def defend(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                policy = (b"content-security-policy", scope.get(POLICY, NOTHING).encode())
                present = {name for name, _ in headers}
                headers += [pair for pair in (*HEADERS, policy) if pair[0] not in present]
                if _SHARED_MARK in scope and not _is_page(headers):
                    headers += SHARED
                message = {**message, "headers": headers}
            await send(message)

        await self._application(scope, receive, defend)


def _is_page(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"content-type" and b"html" in kind for name, kind in headers)
