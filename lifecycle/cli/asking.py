"""One way to ask for both: a running service over HTTP, or the same handlers on the local store."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx

HERE = "http://localhost"


class Ask(Protocol):
    """Send one request and give its answer; a refusal is raised as the error it describes."""

    def __call__(
        self,
        method: str,
        address: str,
        *,
        query: Mapping[str, str | None] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Give the answer's document; None where it has none."""


@contextmanager
def asking(server: str | None) -> Iterator[Ask]:
    """Give the way to ask the service at an address, or the local store without one."""
    if server is None:
        from lifecycle.cli.inside import Inside  # noqa: PLC0415 -- it imports the whole service

        with Inside() as inside:
            yield _ask(HERE, inside.send)
        return
    from lifecycle.cli import remote  # noqa: PLC0415 -- only a remote call needs a client

    yield _ask(server, lambda *sent: remote.send(server, *sent))


def ask_in_time(
    server: str | None,
    address: str,
    body: Any,
    *,
    query: Mapping[str, str | None],
    seconds: float,
    deadline: float | None = None,
    scope: str = "release",
) -> Any:
    """Post a question that changes nothing when it is repeated, and give the answer's document.

    A service has ``seconds`` for all tries, up to a ``deadline`` of the monotonic clock where they
    began earlier; the local store has no limit. ``scope`` is that of the token it takes.
    """
    if server is None:
        with asking(None) as ask:
            return ask("POST", address, query=query, body=body)
    from lifecycle.cli import calls  # noqa: PLC0415 -- only a remote call needs a client

    return calls.ask(
        server,
        address,
        query=query,
        body=json.dumps(body).encode(),
        seconds=seconds,
        deadline=deadline,
        scope=scope,
    )


def items(ask: Ask, address: str, **query: str | None) -> Iterator[Any]:
    """Give what a list holds, page after page."""
    cursor: str | None = None
    while True:
        page = ask("GET", address, query={**query, "cursor": cursor, "limit": "500"})
        yield from page["items"]
        cursor = page.get("next")
        if cursor is None:
            return


def matching(document: Mapping[str, Any]) -> dict[str, str]:
    """Give the header that says which state of a thing was read."""
    return {"If-Match": f'"{document["revision"]}"'}


class _Send(Protocol):
    def __call__(
        self,
        method: str,
        address: str,
        query: Mapping[str, str],
        body: bytes | None,
        headers: Mapping[str, str],
        /,
    ) -> httpx.Response: ...


def _ask(server: str, send: _Send) -> Ask:
    def ask(
        method: str,
        address: str,
        *,
        query: Mapping[str, str | None] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        from lifecycle.cli import remote  # noqa: PLC0415 -- help needs no client

        content = None if body is None else json.dumps(body, default=str).encode()
        kind = {} if content is None else {"Content-Type": "application/json"}
        given = {name: value for name, value in (query or {}).items() if value is not None}
        sent = {**kind, **(headers or {})}
        return remote.answer(server, send(method, address, given, content, sent))

    return ask
