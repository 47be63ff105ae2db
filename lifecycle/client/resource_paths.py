"""Addresses of resources."""

from __future__ import annotations

from urllib.parse import quote

from lifecycle.errors import BadRequest


def path(*segments: str) -> str:
    """Join segments to a path, each quoted whole, slashes included; an empty one is refused.

    An address with an empty segment is another resource's.

    >>> path("v1", "products", "a/b")
    '/v1/products/a%2Fb'
    """
    if not all(segments):
        raise BadRequest("An argument that names something is empty; give the name.")
    return "/" + "/".join(quote(segment, safe="") for segment in segments)
