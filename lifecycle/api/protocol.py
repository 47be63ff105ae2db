"""How connections are read: as uvicorn reads them, but no head of a request grows without end."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 64 * 1024


class BoundedProtocol(HttpToolsProtocol):
    """Refuses a request whose line and headers are larger than 64 KiB.

    The parser keeps whatever it is sent until the headers end, so without a bound any client could
    fill the memory.
    """

    _head: int | None = None

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._head = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop counting: what follows is the body, which has a bound of its own."""
        self._head = None
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Count what came as long as the headers have not ended."""
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > LARGEST_HEAD:
                self._head = None
                self.send_400_response("The head of the request is larger than 64 KiB.")
