"""What the file of an address is called (pure).

A page at ``/products/node`` cannot be a file ``products/node``: that is the folder of what lies
below. So a file's name ends in what it is: ``products/node.html``, ``v1/products/node.json``.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

ENDINGS: Final = {
    "text/html": "html",
    "application/json": "json",
    "application/vnd.oai.openapi+json": "json",
    "application/vnd.cyclonedx+json": "json",
    "application/atom+xml": "atom",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/css": "css",
    "text/javascript": "js",
    "image/svg+xml": "svg",
    "image/png": "png",
}
LONGEST_SEGMENT: Final = 200
"""In bytes; most file systems allow 255, and an ending and a mark of what is half written come."""
_PLAIN: Final = re.compile(r"[\w.+-]+/[\w.+-]+(; ?[\w-]+=[\w.-]+)*", re.ASCII)
"""What can stand in the configuration of a host as it is."""
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f\\]")


def media_type_of(content_type: str) -> str:
    """Return a content type without its parameters.

    >>> media_type_of("text/csv; charset=utf-8")
    'text/csv'
    """
    return content_type.partition(";")[0].strip()


def ending_of(content_type: str) -> str | None:
    """Return how the files of a content type end; None for one that the service does not serve.

    >>> ending_of("text/csv; charset=utf-8"), ending_of('text/csv; a="}"')
    ('csv', None)
    """
    if not _PLAIN.fullmatch(content_type):
        return None
    return ENDINGS.get(media_type_of(content_type))


def name_file(address: str, content_type: str) -> str | None:
    """Return the name of the file of a path, below the folder; None if no file can be called so.

    Web servers look for a file by the path with its escapes undone, so a ``/`` in a version leads
    to a folder.

    >>> name_file("/", "text/html"), name_file("/products/node", "text/html; charset=utf-8")
    ('index.html', 'products/node.html')
    >>> name_file("/v1/products/node/versions/a%2Fb", "application/json")
    'v1/products/node/versions/a/b.json'
    >>> name_file("/products/node/cle.json", "application/json")
    'products/node/cle.json'
    >>> name_file("/products/..%2F..%2Fetc", "text/html"), name_file("/x", "application/x-sh")
    (None, None)
    """
    ending = ending_of(content_type)
    if ending is None:
        return None
    path = unquote(address).removeprefix("/") or "index"
    segments = path.split("/")
    if any(not is_fit(segment) for segment in segments):
        return None
    return path if segments[-1].endswith(f".{ending}") else f"{path}.{ending}"


def is_fit(segment: str) -> bool:
    r"""Return whether a file or folder can have a name, and stays where it belongs.

    >>> [is_fit(name) for name in ("3.35", "..", "", "a\nb", "a" * 300)]
    [True, False, False, False, False]
    """
    if segment in {"", ".", ".."} or _UNFIT.search(segment):
        return False
    return len(segment.encode("utf-8", "surrogatepass")) <= LONGEST_SEGMENT
