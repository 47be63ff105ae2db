"""Counting and timing what handlers answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog

from lifecycle.server.asgi_types import Application, Receive, Scope, Send
from lifecycle.server.escaped_paths import logged_path

CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
Count = Callable[[str, str, int, float], None]

log = structlog.get_logger(__name__)


class Counting:
    """Count and time what handlers answer; ready answers do not come by here."""

    def __init__(self, application: Application, count: Count) -> None:
        self._application = application
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and count it if a handler did."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        begun = time.perf_counter()
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def noting(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._application(scope, receive, noting)
        finally:
            route = scope.get("path_template") or "none"
            seconds = time.perf_counter() - begun
            self._count(scope["method"], route, status, seconds)
            if scope["method"] in CHANGING:
                _log(scope, status, seconds)


def _log(scope: Scope, status: int, seconds: float) -> None:
    caller = scope.get("auth")
    log.info(
        "request",
        method=scope["method"],
        path=logged_path(scope),
        status=status,
        actor=caller.actor if caller else None,
        ms=round(seconds * 1000, 1),
    )
