"""Heads of answers that are kept: checked and written out once, not for everyone who asks.

uvicorn looks at each header of every answer, which is a fifth of what a ready answer costs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

HEAD: Final = "lifecycle.head"
"""Where the beginning of an answer holds its head, written out; other servers do not look there."""
_UNFIT: Final = re.compile(rb"[\x00-\x1f\x7f]")


def write_head(headers: list[tuple[bytes, bytes]], length: int) -> bytes | None:
    r"""Write headers out, with the empty line after them, for a body of a certain length.

    None where that would not be safe: the headers say another length, or hold a line's end.

    >>> write_head([(b"content-length", b"2")], 2)
    b'content-length: 2\r\n\r\n'
    >>> write_head([(b"content-length", b"2"), (b"x", b"a\r\nset-cookie: b")], 2) is None
    True
    """
    lengths = [value for name, value in headers if name == b"content-length"]
    if lengths != [b"%d" % length] or _UNFIT.search(b"".join(map(b"".join, headers))):
        return None
    return b"".join(b"%s: %s\r\n" % header for header in headers) + b"\r\n"


class PreparedHeads:
    """An application for one request, whose answer begins with its prepared head if it has one."""

    __slots__ = ("_application", "_cycle")

    def __init__(self, cycle: RequestResponseCycle, application: ASGI3Application) -> None:
        """Write to where uvicorn would."""
        self._cycle, self._application = cycle, application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 -- ours
        """Answer the request."""
        await self._application(scope, receive, self._send)

    async def _send(self, message: Any) -> None:
        head = message.get(HEAD)
        if head is None or not self._is_usual():
            await self._cycle.send(message)
            return
        cycle = self._cycle
        cycle.response_started = True
        cycle.waiting_for_100_continue = False
        cycle.chunked_encoding = False
        cycle.expected_content_length, written = head
        parts = [STATUS_LINE[message["status"]]]
        for name, value in cycle.default_headers:
            parts += (name, b": ", value, b"\r\n")
        parts.append(written)
        cycle.transport.write(b"".join(parts))

    def _is_usual(self) -> bool:
        cycle = self._cycle
        return (
            cycle.keep_alive
            and not cycle.response_started
            and not cycle.disconnected
            and not cycle.flow.write_paused
            and not cycle.access_log
        )
