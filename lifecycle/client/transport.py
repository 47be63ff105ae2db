"""HTTP to one service: bounded in time and size, whatever the other side does."""

from __future__ import annotations

import os
import queue
import ssl
import threading
from typing import TYPE_CHECKING, TypeVar

from lifecycle.client.http_library import httpx
from lifecycle.client.service_errors import InvalidProxy, UnexpectedAnswer
from lifecycle.setting_values import without_password

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Result = TypeVar("Result")

LONGEST_ANSWER = 256 << 20
"""The most bytes that an answer may have, unpacked."""
PACKING = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})


def open_http(
    server: str, *, headers: Mapping[str, str], transport: httpx.BaseTransport | None
) -> httpx.Client:
    """Open what keeps the connections to a service; nothing is contacted yet."""
    try:
        return httpx.Client(headers=headers, transport=transport, verify=_trust(server))
    except (httpx.InvalidURL, ValueError, ImportError) as error:
        raise InvalidProxy(
            f"The proxy that the environment names cannot be used: {without_password(str(error))}."
        ) from error


def fetch(http: httpx.Client, request: httpx.Request) -> httpx.Response:
    """Send a request and read its answer whole, unless it is too long to be one."""
    response = http.send(request, stream=True)
    try:
        pieces, size = [], 0
        for piece in response.iter_bytes():
            pieces.append(piece)
            size += len(piece)
            if size > LONGEST_ANSWER:
                raise UnexpectedAnswer(f"The answer is longer than {LONGEST_ANSWER:,} bytes.")
    finally:
        response.close()
    headers = [pair for pair in response.headers.raw if pair[0].lower() not in PACKING]
    return httpx.Response(response.status_code, headers=headers, content=b"".join(pieces))


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """Do something in a thread that is left behind when the time is over: ``queue.Empty``.

    Neither the look-up of a name nor an answer that trickles in ends by a client's own limits.
    """
    results: queue.SimpleQueue[Result | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.put(work())
        except Exception as error:  # noqa: BLE001 -- raised where it is waited for
            results.put(error)

    threading.Thread(target=run, daemon=True).start()
    result = results.get(timeout=seconds)
    if isinstance(result, Exception):
        raise result
    return result


def _trust(server: str) -> ssl.SSLContext | bool:
    """Trust the usual authorities; reading them takes a while, so not where nothing is encrypted.

    Without any, an encrypted connection, such as to a proxy, would be refused.
    """
    plain = server.startswith("http://") and not _proxied()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True


def _proxied() -> bool:
    return any(name.lower() in {"http_proxy", "all_proxy"} for name in os.environ)
