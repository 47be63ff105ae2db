"""A thin layer around the application that serves answers which are ready.

A typed handler costs many times what sending ready bytes costs. So handlers mark what may be
kept (``cacheability``), this layer keeps it on its way out, and serves it as long as the product's
snapshot is the current one, the day is not over and the clock was not set back. Whether from here
or from the handler, an answer passes through the same ``CachedResponse``, so that both are the same
to the byte.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from lifecycle.server.asgi_types import Application, Message, Receive, Scope, Send
from lifecycle.server.cacheability import Cacheability, cacheability_of, freshness
from lifecycle.server.cached_responses import CachedResponse, Headers
from lifecycle.server.escaped_paths import with_escapes
from lifecycle.server.published_paths import without_prefix
from lifecycle.static_export.preferences import read_preference

if TYPE_CHECKING:
    from datetime import datetime

Key = tuple[bytes, bytes]


class ReadyAnswers:
    """The layer; ``current`` gives the revision of a product's current snapshot, or ``None``."""

    def __init__(
        self,
        application: Application,
        *,
        current: Callable[[str], object],
        clock: Callable[[], datetime],
        public: bool = True,
        max_age: int = 60,
        max_bytes: int = 128 * 1024 * 1024,
        prefix: str = "",
    ) -> None:
        """Keep at most ``max_bytes``; where reads are not ``public``, keep nothing.

        A path is the same with the ``prefix`` and without it.
        """
        self._application = application
        self._current = current
        self._clock = clock
        self._public = public
        self._max_age = max_age
        self._prefix = prefix
        self._max_bytes = max_bytes if public else 0
        self._entries: OrderedDict[Key, CachedResponse] = OrderedDict()
        self.bytes = 0
        self.hits = 0
        self.misses = 0
        self.evictions = 0

    def __len__(self) -> int:
        return len(self._entries)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a ready answer, or ask the application."""
        if self._prefix and scope["type"] == "http":
            scope = without_prefix(scope, self._prefix)
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._application(with_escapes(scope), receive, _without_store(scope, send))
            return
        raw_path = scope.get("raw_path") or scope["path"].encode()
        key: Key | None = (raw_path, scope["query_string"])
        entry = self._entries.get(key)  # type: ignore[arg-type]
        if_none_match = accept_encoding = None
        is_static = False
        for name, value in scope["headers"]:
            if name == b"authorization":
                entry = key = None
            elif name == b"if-none-match":
                if_none_match = value
            elif name == b"accept-encoding":
                accept_encoding = value
            elif name == b"prefer" and read_preference(value.decode("latin-1")) is not None:
                entry, key, is_static = None, None, True
        if (
            entry is None
            or key is None
            or self._current(entry.product) != entry.revision
            or not entry.holds_at(self._clock())
        ):
            negotiation = _Negotiation(if_none_match, accept_encoding, is_static)
            await self._ask(scope, receive, send, key=key, negotiation=negotiation)
            return
        self.hits += 1
        self._entries.move_to_end(key)
        head = scope["method"] == "HEAD"
        form = entry.form(accept_encoding) or await entry.compress()
        start, body = form.messages(head=head, if_none_match=if_none_match)
        await send(start)
        await send(body)

    async def _ask(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        key: Key | None,
        negotiation: _Negotiation,
    ) -> None:
        self.misses += 1
        head = scope["method"] == "HEAD"
        inner = with_escapes({**scope, "method": "GET"} if head else scope)
        answer = _Answer(inner, send, head=head)
        await self._application(inner, receive, answer.send)
        if answer.headers is not None:
            cacheability = cacheability_of(inner) or Cacheability()
            entry = self._entry(answer.headers, b"".join(answer.parts), cacheability, negotiation)
            self._keep(key, entry)
            form = entry.form(negotiation.accept_encoding) or await entry.compress()
            start, body = form.messages(head=head, if_none_match=negotiation.if_none_match)
            await send(start)
            await send(body)

    def _entry(
        self,
        headers: Headers,
        body: bytes,
        cacheability: Cacheability,
        negotiation: _Negotiation,
    ) -> CachedResponse:
        seconds, expires = freshness(self._clock(), cacheability.deadline, self._max_age)
        if negotiation.is_static:
            policy = b"no-store"
        elif cacheability.public:
            audience = b"public" if self._public else b"private"
            policy = audience + b", max-age=" + str(seconds).encode()
        else:
            policy = b"private, no-cache"
        return CachedResponse(
            headers, body, cacheability=cacheability, expires=expires, policy=policy
        )

    def _keep(self, key: Key | None, entry: CachedResponse) -> None:
        if key is None or not entry.product or entry.size > self._max_bytes // 8:
            return
        replaced = self._entries.pop(key, None)
        self._entries[key] = entry
        self.bytes += entry.size - (replaced.size if replaced else 0)
        while self.bytes > self._max_bytes:
            self.bytes -= self._entries.popitem(last=False)[1].size
            self.evictions += 1


class _Negotiation(NamedTuple):
    """Which form of an answer somebody asks for."""

    if_none_match: bytes | None
    accept_encoding: bytes | None
    is_static: bool
    """Whether a page is asked for as a file, which no cache may serve to readers of pages."""


class _Answer:
    """What the application answers: held back where it is marked and whole, else passed on."""

    def __init__(self, scope: Scope, send: Send, *, head: bool) -> None:
        self._scope = scope
        self._send = _without_store(scope, send)
        self._head = head
        self.headers: Headers | None = None
        self.parts: list[bytes] = []

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if message["status"] == 200 and cacheability_of(self._scope) is not None:  # noqa: PLR2004
                self.headers = list(message["headers"])
                return
        elif self.headers is not None:
            self.parts.append(message.get("body", b""))
            return
        elif self._head:
            message = {**message, "body": b""}
        await self._send(message)


def _without_store(scope: Scope, send: Send) -> Send:
    """Forbid caches to keep what no handler marked."""
    if scope["type"] != "http":
        return send

    async def forbid(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            if not any(name == b"cache-control" for name, _ in headers):
                headers.append((b"cache-control", b"no-store"))
            message = {**message, "headers": headers}
        await send(message)

    return forbid
