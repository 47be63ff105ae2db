"""An answer as it goes out: its headers, its body, its entity tag, and the form it has as a 304."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from lifecycle.server.security_headers import HEADERS as SECURITY_HEADERS

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
        *(name for name, _ in SECURITY_HEADERS),
    }
)
_OVERHEAD = 2000
_EMPTY = {"type": "http.response.body", "body": b""}


def entity_tag(body: bytes, revision: str = "") -> str:
    """Name a representation by its contents: the same bytes have the same strong tag.

    With the ``revision`` of the one thing it shows, the tag can be sent back as If-Match.
    """
    digest = blake2b(body, digest_size=12).hexdigest()
    return f'"{revision}-{digest}"' if revision else f'"{digest}"'


class CachedResponse:
    """One answer, ready to be sent any number of times; the messages are never changed."""

    __slots__ = (
        "body",
        "etag",
        "expires",
        "made",
        "product",
        "revision",
        "size",
        "start",
        "unchanged",
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
        self.etag = entity_tag(body, cacheability.tag).encode()
        self.product = cacheability.product or ""
        self.revision = cacheability.revision
        self.made = cacheability.made
        self.expires = expires
        own = [(b"etag", self.etag), (b"cache-control", policy), (b"vary", b"authorization")]
        named = {name for name, _ in own}
        complete = [pair for pair in headers if pair[0] not in named] + own
        headers_of_304 = [pair for pair in complete if pair[0] in _WITH_304]
        self.start = {"type": "http.response.start", "status": 200, "headers": complete}
        self.unchanged = {"type": "http.response.start", "status": 304, "headers": headers_of_304}
        self.body = {"type": "http.response.body", "body": body}
        self.size = len(body) + _OVERHEAD

    def holds_at(self, now: datetime) -> bool:
        """Return whether the response may be served at an instant, until it expires."""
        return now < self.expires and (self.made is None or self.made <= now)

    def messages(self, *, head: bool, if_none_match: bytes | None) -> tuple[Any, Any]:
        """Choose the whole answer, its headers alone, or the word that nothing changed."""
        if if_none_match is not None and self.matches(if_none_match):
            return self.unchanged, _EMPTY
        return self.start, _EMPTY if head else self.body

    def matches(self, if_none_match: bytes) -> bool:
        """Return whether the client has this representation already (weak comparison)."""
        if if_none_match == self.etag or if_none_match.strip() == b"*":
            return True
        tags = (tag.strip().removeprefix(b"W/") for tag in if_none_match.split(b","))
        return self.etag in tags
