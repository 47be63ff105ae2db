"""Where the service is published: what we send people and programs to begins with that path."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.server.asgi_types import Scope
    from lifecycle.settings import Settings


def path_prefix(settings: Settings) -> str:
    """Return the path under which the service is published, without a slash at its end.

    >>> from lifecycle.settings import Settings
    >>> path_prefix(Settings(base_url="https://example.com/life/")), path_prefix(Settings())
    ('/life', '')
    """
    return urlsplit(settings.base_url).path.rstrip("/")


def write_path(prefix: str, *segments: str, **query: str | None) -> str:
    """Write the path of something of ours; segments are escaped, empty query values left out.

    >>> write_path("/life", "products", "a/b", tier="pro", at=None)
    '/life/products/a%2Fb?tier=pro'
    """
    path = "/".join([prefix, *(quote(segment, safe="") for segment in segments)])
    text = urlencode({name: value for name, value in query.items() if value}, quote_via=quote)
    return f"{path or '/'}?{text}" if text else path or "/"


def accepted_prefix(prefix: str, routes: Iterable[str]) -> str:
    """Return the prefix that requests may come with: none where it could be a path of ours.

    >>> accepted_prefix("/support/life", ["/", "/v1/products"])
    '/support/life'
    >>> accepted_prefix("/v1/life", ["/", "/v1/products"])
    ''
    """
    first = prefix.split("/")[1:2]
    return "" if first in [route.split("/")[1:2] for route in routes] else prefix


def without_prefix(scope: Scope, prefix: str) -> Scope:
    """Give a request the path below the prefix, if it came with it.

    Some proxies remove the prefix, and some pass it on; and who asks this process directly follows
    our links, which have it.
    """
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    below = raw.removeprefix(prefix.encode())
    if below == raw or below[:1] not in (b"/", b""):
        return scope
    path = scope["path"][len(unquote(prefix)) :]
    return {**scope, "raw_path": below or b"/", "path": path or "/"}
