"""An answer as it goes out: its headers, its body, its entity tag, and the form it has as a 304."""

from __future__ import annotations

import asyncio
import gzip
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from lifecycle.server.prepared_heads import HEAD, write_head
from lifecycle.server.security_headers import HEADERS as SECURITY_HEADERS
from lifecycle.server.security_headers import SHARED

if TYPE_CHECKING:
    from datetime import datetime

    from lifecycle.server.cacheability import Cacheability

Headers = list[tuple[bytes, bytes]]
_WITH_304 = frozenset(
    {
        b"etag",
        b"cache-control",
        b"vary",
        b"link",
        b"content-location",
        b"deprecation",
        b"sunset",
        b"content-security-policy",
        *(name for name, _ in (*SECURITY_HEADERS, *SHARED)),
    }
)
_OVERHEAD = 2000
_WORTH_COMPRESSING = 1400
"""Bytes; what fits into one packet anyway goes out as it is."""
_LONG = 200_000
"""Bytes that take so long to compress that others should not wait for it."""
_TEXTUAL = (
    b"text/",
    b"application/json",
    b"application/problem+json",
    b"application/vnd.cyclonedx+json",
    b"application/vnd.oai.openapi+json",
    b"application/atom+xml",
    b"image/svg+xml",
)
_GZIP = b'-gzip"'
_EMPTY = {"type": "http.response.body", "body": b""}


def entity_tag(body: bytes, revision: str = "") -> str:
    """Name a representation by its contents: the same bytes have the same strong tag.

    With the ``revision`` of the one thing it shows, the tag can be sent back as If-Match.
    """
    digest = blake2b(body, digest_size=12).hexdigest()
    return f'"{revision}-{digest}"' if revision else f'"{digest}"'


def has_tag(if_none_match: str, tag: str) -> bool:
    """Return whether If-None-Match names a tag (weak comparison).

    >>> has_tag('W/"a", "b"', '"a"'), has_tag("*", '"a"'), has_tag('"ab"', '"a"')
    (True, True, False)
    """
    tags = [named.strip().removeprefix("W/") for named in if_none_match.split(",")]
    return "*" in tags or tag in tags


class Form:
    """An answer in one encoding; the messages are never changed."""

    __slots__ = ("body", "etag", "start", "unchanged")

    def __init__(self, headers: Headers, body: bytes, etag: bytes) -> None:
        headers = [*headers, (b"etag", etag)]
        headers_of_304 = [pair for pair in headers if pair[0] in _WITH_304]
        self.etag = etag
        self.start: dict[str, Any] = {
            "type": "http.response.start",
            "status": 200,
            "headers": headers,
        }
        if (head := write_head(headers, len(body))) is not None:
            self.start[HEAD] = len(body), head
        self.unchanged = {"type": "http.response.start", "status": 304, "headers": headers_of_304}
        self.body: dict[str, Any] = {"type": "http.response.body", "body": body}

    def messages(self, *, head: bool, if_none_match: bytes | None) -> tuple[Any, Any]:
        """Choose the whole answer, its headers alone, or the word that nothing changed."""
        if if_none_match is not None and self.matches(if_none_match):
            return self.unchanged, _EMPTY
        return self.start, _EMPTY if head else self.body

    def matches(self, if_none_match: bytes) -> bool:
        """Return whether the client has this representation already (weak comparison)."""
        return if_none_match == self.etag or has_tag(
            if_none_match.decode("latin-1"), self.etag.decode()
        )


class CachedResponse:
    """One answer, ready to be sent any number of times, as it is and compressed."""

    __slots__ = (
        "_compressed",
        "_headers",
        "compressible",
        "expires",
        "made",
        "plain",
        "product",
        "revision",
        "size",
    )

    def __init__(
        self,
        headers: Headers,
        body: bytes,
        *,
        cacheability: Cacheability,
        expires: datetime,
        policy: bytes,
    ) -> None:
        """Take what a handler answered; ``policy`` is what Cache-Control says."""
        self.product = cacheability.product or ""
        self.revision = cacheability.revision
        self.made = cacheability.made
        self.expires = expires
        self.compressible = (
            cacheability.public
            and len(body) >= _WORTH_COMPRESSING
            and _header(headers, b"content-type").startswith(_TEXTUAL)
        )
        varies = b"authorization, accept-encoding" if self.compressible else b"authorization"
        if handlers_own := _header(headers, b"vary"):
            varies = handlers_own + b", " + varies
        own = [(b"cache-control", policy), (b"vary", varies)]
        replaced = {b"etag", *(name for name, _ in own)}
        self._headers = [pair for pair in headers if pair[0] not in replaced] + own
        self.plain = Form(self._headers, body, entity_tag(body, cacheability.tag).encode())
        self._compressed: Form | None = None
        self.size = len(body) + _OVERHEAD + (len(body) // 4 if self.compressible else 0)

    def holds_at(self, now: datetime) -> bool:
        """Return whether the response may be served at an instant, until it expires."""
        return now < self.expires and (self.made is None or self.made <= now)

    def form(self, accept_encoding: bytes | None) -> Form | None:
        """Return the form for who accepts these encodings; None where it must be made first."""
        if not self.compressible or not accept_encoding or not accepts_gzip(accept_encoding):
            return self.plain
        return self._compressed

    async def compress(self) -> Form:
        """Make the compressed form, which has an entity tag of its own (RFC 9110, 8.8.1)."""
        body: bytes = self.plain.body["body"]
        if len(body) > _LONG:
            compressed = await asyncio.to_thread(_compress, body)
        else:
            compressed = _compress(body)
        headers = [pair for pair in self._headers if pair[0] != b"content-length"]
        headers += [
            (b"content-encoding", b"gzip"),
            (b"content-length", str(len(compressed)).encode()),
        ]
        self._compressed = Form(headers, compressed, self.plain.etag[:-1] + _GZIP)
        return self._compressed


def accepts_gzip(accept_encoding: bytes) -> bool:
    """Return whether a client accepts gzip, by its Accept-Encoding.

    What is said of gzip itself counts before what is said of all others.

    >>> accepts_gzip(b"br, gzip;q=0.5"), accepts_gzip(b"gzip; q=0, br"), accepts_gzip(b"identity")
    (True, False, False)
    >>> accepts_gzip(b"*;q=0, gzip"), accepts_gzip(b"*, gzip;q=0")
    (True, False)
    """
    weights: dict[bytes, bytes] = {}
    for coding in accept_encoding.lower().split(b","):
        name, _, weight = coding.partition(b";")
        weights.setdefault(name.strip(), weight.replace(b" ", b""))
    weight = weights.get(b"gzip", weights.get(b"*", b"q=0"))
    return weight not in {b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"}


def _compress(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=6, mtime=0)


def _header(headers: Headers, name: bytes) -> bytes:
    return next((value for header, value in headers if header == name), b"")
