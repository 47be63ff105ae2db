"""Paths: a slash that is escaped belongs to a name and separates nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from litestar.types import ASGIApp, Receive, Send
    from litestar.types import Scope as Routed

    Scope = MutableMapping[str, Any]

_ESCAPED = "lifecycle.path.escaped"
_LINK = re.compile(r"(?i)^(/+(?:confirm|unsubscribe|acknowledge|feeds|sign-in/[a-z]+)/).+")


def logged_path(scope: Scope | Routed) -> str:
    """Return the path as it was asked for, without the token of a link: who has that may use it.

    >>> logged_path({"path": "/unsubscribe/a.signed.token"})
    '/unsubscribe/…'
    """
    raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "replace")
    return _LINK.sub(r"\1…", raw.decode("latin-1"))


def with_escapes(scope: Scope) -> Scope:
    """Give a request whose path keeps its escaped slashes until the handler is found.

    In such a path ``%`` is escaped too, so that every segment can be restored. It is what was
    asked for, in one of its spellings, and can be shown to anybody.
    """
    raw: bytes = scope.get("raw_path") or b""
    if b"%2" not in raw or b"%2f" not in raw.lower():
        return scope
    segments = (_escaped(unquote(segment)) for segment in raw.decode("latin-1").split("/"))
    return {**scope, "path": "/".join(segments), _ESCAPED: True}


def segments_of(scope: Scope | Routed) -> list[str]:
    """Return the names in the path that was asked for, as they are.

    >>> segments_of({"path": "/products/clairdash"}), segments_of({"path": "/"})
    (['products', 'clairdash'], [''])
    >>> segments_of(with_escapes({"path": "/lines/a/b", "raw_path": b"/lines/a%2Fb"}))
    ['lines', 'a/b']
    """
    segments = scope["path"].split("/")[1:]
    return [_restored(segment) for segment in segments] if _ESCAPED in scope else segments


class RestoredNames:
    """The layer behind the routing, which gives guards and handlers the names as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Routed, receive: Receive, send: Send) -> None:
        """Restore the names in the path, and pass everything on."""
        if _ESCAPED in scope:
            names = scope["path_params"]
            scope["path_params"] = {name: _restored(value) for name, value in names.items()}
        await self._app(scope, receive, send)


def _escaped(segment: str) -> str:
    return segment.replace("%", "%25").replace("/", "%2F")


def _restored(segment: str) -> str:
    """Undo the escaping.

    >>> _restored(_escaped("50%25 a/b"))
    '50%25 a/b'
    """
    return segment.replace("%2F", "/").replace("%25", "%")
