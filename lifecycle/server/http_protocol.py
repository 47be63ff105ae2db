"""How connections are read: as uvicorn reads them, but neither large nor slow without end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lifecycle.server.prepared_heads import PreparedHeads
from lifecycle.server.refused_heads import TOO_LARGE, refuse_head
from lifecycle.server.security_headers import HEADERS, NOTHING

if TYPE_CHECKING:
    import asyncio

    from uvicorn._types import ASGI3Application
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

LARGEST_HEAD = 64 * 1024
LARGEST_ADDRESS = 2**16 - 1
"""The parser reads no longer one."""

PATIENCE_SECONDS = 30.0
"""How long a client may take to send its request line and headers, or the next part of a body."""
LEAST_BYTES_A_SECOND = 8 * 1024
"""How fast a body must come that takes longer than four times that: slower ones hold up others."""
_UPGRADE = re.compile(rb"\r\nupgrade(?=[ \t]*:)", re.IGNORECASE)


class BoundedProtocol(HttpToolsProtocol):
    """Refuses a request whose line and headers are larger than 64 KiB, and waits for none for ever.

    The parser keeps whatever it is sent until the headers end, so without a bound any client could
    fill the memory; and uvicorn ends only those connections that are idle after an answer, so
    clients that stop halfway could use up all there may be.
    """

    _head: int | None = None
    _unfinished = False
    _begun = 0.0
    _arrived = 0
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        super().connection_lost(exc)
        self._stop_waiting()

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._head, self._unfinished = 0, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop counting: what follows is the body, which has a bound of its own."""
        self._head = None
        self._begun, self._arrived = self.loop.time(), 0
        self._stop_waiting()
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        super()._start_asgi_task(cycle, PreparedHeads(cycle, app))

    def on_message_complete(self) -> None:
        """Note that nothing more is to come."""
        self._unfinished = False
        self._stop_waiting()
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Count what came as long as the headers have not ended; wait for what is missing."""
        if not self._unfinished or self._head is not None:
            data = _without_upgrade(data)
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > LARGEST_HEAD:
                self._head = None
                self.send_400_response(TOO_LARGE)
                return
        elif self._unfinished:
            self._note_progress(len(data))
        if self._patience is None and self._is_awaited():
            self._wait()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, with the headers that every other answer has."""
        media_type, address = "text/plain", getattr(self, "url", b"")
        if msg == TOO_LARGE or len(address) > LARGEST_ADDRESS:
            media_type, msg = refuse_head(address)
        policy = (b"content-security-policy", NOTHING.encode())
        lines = [b"%s: %s" % pair for pair in (*HEADERS, policy)]
        body = msg.encode("utf-8")
        lines += [
            b"content-type: %s; charset=utf-8" % media_type.encode(),
            b"content-length: %d" % len(body),
        ]
        head = b"\r\n".join([b"HTTP/1.1 400 Bad Request", *lines, b"connection: close"])
        self.transport.write(head + b"\r\n\r\n" + body)
        self.transport.close()

    def _note_progress(self, size: int) -> None:
        """Wait anew for the next part of a body, unless it comes too slowly altogether."""
        self._stop_waiting()
        self._arrived += size
        took = self.loop.time() - self._begun
        if took > 4 * PATIENCE_SECONDS and self._arrived < took * LEAST_BYTES_A_SECOND:
            self.transport.close()

    def _is_awaited(self) -> bool:
        """Return whether the client must act: it has begun to send, or no answer is due."""
        return self._unfinished or self.cycle is None or self.cycle.response_complete

    def _wait(self) -> None:
        self._patience = self.loop.call_later(PATIENCE_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        """Close the connection, unless it is we who let the client wait."""
        self._patience = None
        if self.flow is not None and self.flow.read_paused:
            self._wait()
        elif not self.transport.is_closing():
            self.transport.close()


def _without_upgrade(data: bytes) -> bytes:
    """Rename the header by which a client offers another protocol, since none is accepted.

    The parser would take the body of such a request for that protocol and drop it; Java's client
    sends the header with every request.
    """
    if b"pgrade" not in data and b"PGRADE" not in data:
        return data
    head, end, body = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"\r\nnot-taken", head) + end + body
