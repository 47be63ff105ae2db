"""Asking a service from a pipeline: within one time limit, and again where that is safe.

Only for questions that change nothing when they are repeated.
"""

from __future__ import annotations

import os
import queue
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

from lifecycle.cli import remote
from lifecycle.cli.clients import httpx
from lifecycle.errors import LifecycleError, Unavailable
from lifecycle.settings import without_password

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Result = TypeVar("Result")

TRIES = 5
FIRST_PAUSE = 0.25
"""Seconds before the second try; each further pause is twice as long."""
PASSING = frozenset({429, 502, 503, 504})
"""Answers that may be others a moment later."""
REFUSED = frozenset({401, 403})
LONGEST_ANSWER = 64 << 20


def ask(
    server: str,
    address: str,
    *,
    query: Mapping[str, str | None],
    body: bytes,
    seconds: float,
    deadline: float | None = None,
    scope: str = "release",
) -> dict[str, Any]:
    """Post a question in JSON and give the answer's document, or raise the error it describes.

    ``seconds`` limit all tries together, however slowly an answer trickles in; ``deadline`` says
    when they are over, where they began earlier. ``scope`` is that of the token it takes.
    """
    sent = {"Content-Type": "application/json", **remote.authorization()}
    given = {name: value for name, value in query.items() if value is not None}
    deadline = time.monotonic() + seconds if deadline is None else deadline
    response = _answered(
        server,
        lambda left: _attempt(server.rstrip("/") + address, given, body, sent, left),
        deadline,
        seconds,
    )
    return _document(server, response, scope)


def _answered(
    server: str, attempt: Callable[[float], httpx.Response], deadline: float, seconds: float
) -> httpx.Response:
    tried = 0
    while True:
        tried += 1
        pause = FIRST_PAUSE * 2 ** (tried - 1)
        response, failure = _tried(server, attempt, deadline, seconds)
        if response is not None:
            if response.status_code not in PASSING:
                return response
            pause = max(pause, _wanted_pause(response))
        if tried == TRIES or time.monotonic() + pause >= deadline:
            break
        time.sleep(pause)
    if response is not None:
        return response
    raise Unavailable(
        f"{without_password(server)} does not answer: {failure or type(failure).__name__} "
        f"(tried {tried} times). Is --server or LIFECYCLE_SERVER right, and is the service running?"
    ) from failure


def _tried(
    server: str, attempt: Callable[[float], httpx.Response], deadline: float, seconds: float
) -> tuple[httpx.Response | None, httpx.HTTPError | None]:
    try:
        return _within(deadline, attempt), None
    except (queue.Empty, httpx.TimeoutException) as error:
        patience = f"{seconds:g} second{'' if seconds == 1 else 's'}"
        raise Unavailable(
            f"{without_password(server)} did not answer within {patience}; ask again, "
            "or give it more with --timeout."
        ) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise remote.no_address(server, error) from error
    except httpx.HTTPError as error:
        return None, error


def _within(deadline: float, work: Callable[[float], Result]) -> Result:
    """Do something in a thread that is left behind at the deadline.

    Neither the look-up of a name nor an answer that trickles in ends by a client's own limits.
    """
    results: queue.SimpleQueue[Result | Exception] = queue.SimpleQueue()
    left = max(deadline - time.monotonic(), 0.001)

    def run() -> None:
        try:
            results.put(work(left))
        except Exception as error:  # noqa: BLE001 -- raised where it is waited for
            results.put(error)

    threading.Thread(target=run, daemon=True).start()
    result = results.get(timeout=left)
    if isinstance(result, Exception):
        raise result
    return result


def _attempt(
    url: str, query: Mapping[str, str], body: bytes, headers: Mapping[str, str], seconds: float
) -> httpx.Response:
    with (
        httpx.Client(verify=_trust(url), timeout=seconds) as client,
        client.stream("POST", url, params=query, content=body, headers=headers) as response,
    ):
        parts, size = [], 0
        for part in response.iter_raw():
            parts.append(part)
            size += len(part)
            if size > LONGEST_ANSWER:
                raise Unavailable(f"The answer is longer than {LONGEST_ANSWER:,} bytes.")
        return httpx.Response(
            response.status_code, headers=response.headers, content=b"".join(parts)
        )


def _trust(url: str) -> ssl.SSLContext | bool:
    """Trust the usual authorities; reading them takes a while, so not where nothing is encrypted.

    Without any, an encrypted connection, such as to a proxy, would be refused.
    """
    plain = url.startswith("http://") and not _proxied()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True


def _proxied() -> bool:
    return any(name.lower() in {"http_proxy", "all_proxy"} for name in os.environ)


def _wanted_pause(response: httpx.Response) -> float:
    """Give the seconds that an answer asks to wait; a day, or none at all, is not waited for."""
    wanted = response.headers.get("retry-after", "")
    return float(wanted) if wanted.isascii() and wanted.isdecimal() else 0.0


def _document(server: str, response: httpx.Response, scope: str) -> dict[str, Any]:
    try:
        document = remote.answer(server, response)
    except Unavailable as error:
        raise Unavailable(f"{error.detail} Is --server or LIFECYCLE_SERVER right?") from error
    except LifecycleError as error:
        if response.status_code not in REFUSED:
            raise
        raise LifecycleError(
            f"{error.detail} Set LIFECYCLE_TOKEN to a token of scope {scope}, which "
            f"`lifecycle token create --scope {scope} --label ci` makes.",
            problems=error.problems,
        ) from error
    if not isinstance(document, dict):
        raise Unavailable(
            f"{without_password(server)} answered {response.status_code}, "
            "and not as this service does. Is --server or LIFECYCLE_SERVER right?"
        )
    return document
