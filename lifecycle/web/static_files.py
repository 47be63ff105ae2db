"""Styles and scripts, under names that change with their contents, so that nobody asks twice."""

from __future__ import annotations

import gzip
from hashlib import blake2b
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Request, Router
from litestar.handlers import HTTPRouteHandler
from litestar.response import Response

from lifecycle.errors import NotFound
from lifecycle.server.cached_responses import accepts_gzip
from lifecycle.server.request_parameters import Name

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH = "/static"
MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
A_YEAR = "public, max-age=31536000, immutable"


class StaticFile(msgspec.Struct, frozen=True):
    """A file as it is served: its bytes, the same compressed, and what they are."""

    content: bytes
    compressed: bytes
    media_type: str


def _read() -> tuple[Mapping[str, str], Mapping[str, StaticFile]]:
    """Read every file of the folder; return the names to ask under, and what they bring."""
    names, contents = {}, {}
    for path in sorted((files("lifecycle.web") / "static").iterdir(), key=lambda path: path.name):
        stem, _, ending = path.name.rpartition(".")
        if ending not in MEDIA_TYPES:
            continue
        content = path.read_bytes()
        named = f"{stem}.{blake2b(content, digest_size=6).hexdigest()}.{ending}"
        names[path.name] = named
        compressed = gzip.compress(content, mtime=0)
        contents[named] = StaticFile(content, compressed, MEDIA_TYPES[ending])
    return names, contents


_NAMES, _FILES = _read()


def asset_path(name: str) -> str:
    """Return the path, without a prefix, under which a file of ``static`` is served."""
    return f"{PATH}/{_NAMES[name]}"


async def show_static_file(request: Request[Any, Any, Any], name: Name) -> Response[bytes]:
    """Serve a file for ever; another content has another name."""
    file = _FILES.get(name)
    if file is None:
        raise NotFound(f"There is no file {name[:100]!r} here; the pages name those there are.")
    headers = {"cache-control": A_YEAR, "vary": "accept-encoding"}
    if accepts_gzip(request.headers.get("accept-encoding", "").encode()):
        headers["content-encoding"] = "gzip"
        return Response(file.compressed, media_type=file.media_type, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)


router = Router(
    PATH,
    route_handlers=[
        HTTPRouteHandler(
            "/{name:str}", http_method="GET", opt={"scope": "anyone"}, include_in_schema=False
        )(show_static_file)
    ],
)
