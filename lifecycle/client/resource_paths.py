"""Addresses of resources."""

from __future__ import annotations

from urllib.parse import quote


def path(*segments: str) -> str:
    """Join segments to a path, each quoted whole, slashes included.

    >>> path("v1", "products", "a/b")
    '/v1/products/a%2Fb'
    """
    return "/" + "/".join(quote(segment, safe="") for segment in segments)
