"""What makes two requests the same, and what of an answer may be kept (pure)."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "secret"  # noqa: S105  the field's name
REDACTED_FIELDS = frozenset({SECRET})


class InFlight(Conflict):
    """A request with this Idempotency-Key is still in progress; ask again when it has finished."""


class Request(msgspec.Struct, frozen=True):
    """A keyed request: whose it is, what it asks, and the key it came with."""

    token: str
    method: str
    path: str
    key: str

    @property
    def id(self) -> str:
        """A digest of all four."""
        parts = msgspec.json.encode([self.token, self.method, self.path, self.key])
        return hashlib.sha256(parts).hexdigest()

    @property
    def number(self) -> int:
        """A number of 64 bits that stands for all four."""
        return int.from_bytes(bytes.fromhex(self.id)[:8], signed=True)


class Answer(msgspec.Struct, frozen=True):
    """An answer as it was given; ``redacted`` tells that a secret in it was not kept."""

    status: int
    body: Any
    headers: dict[str, str] = {}
    redacted: bool = False


class Working:
    """The requests this process is working on."""

    def __init__(self) -> None:
        self._ids: set[str] = set()

    @contextmanager
    def on(self, request: Request) -> Iterator[None]:
        """Work on a request, unless the same one is being worked on already."""
        if request.id in self._ids:
            raise InFlight
        self._ids.add(request.id)
        try:
            yield
        finally:
            self._ids.discard(request.id)


def without_secrets(body: Any) -> Any:
    """Leave out every field that is a secret, however deep.

    >>> without_secrets({"id": 1, "secret": "whsec_…", "more": [{"secret": "x", "a": 2}]})
    {'id': 1, 'more': [{'a': 2}]}
    """
    if isinstance(body, dict):
        shown = ((name, value) for name, value in body.items() if name not in REDACTED_FIELDS)
        return {name: without_secrets(value) for name, value in shown}
    if isinstance(body, list):
        return [without_secrets(value) for value in body]
    return body
