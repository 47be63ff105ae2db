"""Addresses of resources."""

from __future__ import annotations

from urllib.parse import quote

from lifecycle.errors import BadRequest


def path(*segments: str) -> str:
    """Join segments to a path, each quoted whole, slashes included; an empty one is refused.

    An address with an empty segment is another resource's; dots alone would be taken for a step.

    >>> path("v1", "products", "a/b")
    '/v1/products/a%2Fb'
    >>> path("v1", "products", "a", "releases", "..")
    '/v1/products/a/releases/%2E%2E'
    """
    if not all(segments):
        raise BadRequest("An argument that names something is empty; give the name.")
    return "/" + "/".join(_quoted(segment) for segment in segments)


def _quoted(segment: str) -> str:
    return segment.replace(".", "%2E") if segment in {".", ".."} else quote(segment, safe="")
