"""OPTIONS: which methods a path has, said truly for all its handlers together."""

from __future__ import annotations

from http import HTTPStatus

from lifecycle.server.asgi_types import Application, Message, Receive, Scope, Send

NONE_HAS_IT = "TRACE"


def methods_in(allow: str) -> str:
    """Add what is possible wherever GET is.

    >>> methods_in("GET, POST")
    'GET, HEAD, OPTIONS, POST'
    """
    named = {name.strip() for name in allow.split(",") if name.strip()}
    return ", ".join(sorted(named | {"OPTIONS"} | ({"HEAD"} if "GET" in named else set())))


class Methods:
    """Answer OPTIONS from the refusal of a method that no path has.

    Litestar makes one OPTIONS handler for every handler, and each knows of its own method alone.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on but OPTIONS."""
        if scope["type"] != "http" or scope["method"] != "OPTIONS":
            await self._application(scope, receive, send)
            return
        answered = False

        async def allow(message: Message) -> None:
            nonlocal answered
            if message.get("status") == HTTPStatus.METHOD_NOT_ALLOWED:
                answered = True
                headers = [pair for pair in message["headers"] if pair[0] == b"allow"]
                await send({"type": message["type"], "status": 204, "headers": headers})
            elif answered:
                await send({"type": message["type"], "body": b""})
            else:
                await send(message)

        await self._application({**scope, "method": NONE_HAS_IT}, receive, allow)
