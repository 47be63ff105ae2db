"""The feature keys of an API's operations, which follow from method and path alone (pure).

An operationId may be added or changed and a path variable renamed without it becoming another
operation, so neither has a part in the key: a variable counts by its position alone.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

LONGEST: Final = 100
"""How many characters a feature's key may have."""

_VARIABLE: Final = re.compile(r"\{[^{}]*\}")
_PLAIN_METHOD: Final = re.compile(r"[a-z]+")
_PLAIN_SEGMENT: Final = re.compile(
    r"\{\}|[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9][A-Za-z0-9_-]*)*"
)
_UNFIT: Final = re.compile(r"[^A-Za-z0-9_-]+")
_DIGITS: Final = 12


def operation_key(method: str, path: str) -> str:
    """Return the feature key of an operation, the same however its variables are called.

    A slash is a dot, a dot within a segment two, a variable an underscore. Where that would be
    ambiguous or too long, the key ends in a digest, so that two operations differ in their keys
    unless they are the same to OpenAPI (which holds `/a/{x}` and `/a/{y}` to be identical).

    >>> operation_key("GET", "/users/{id}/posts"), operation_key("get", "/users/{user}/posts")
    ('get.users._.posts', 'get.users._.posts')
    >>> operation_key("get", "/"), operation_key("get", "/users/"), operation_key("get", "/v1.2")
    ('get.', 'get.users.', 'get.v1..2')
    >>> operation_key("post", "/users/{id}:activate")
    'post.users._-activate.-fa97985d2d69'
    """
    verb, place = method.lower(), positional(path)
    segments = place.split("/")
    if _is_plain(verb, segments):
        key = ".".join([verb, *(_plain(segment) for segment in segments[1:])])
        if len(key) <= LONGEST:
            return key
    digest = hashlib.sha256(f"{verb} {place}".encode("utf-8", "surrogatepass")).hexdigest()
    suffix = f".-{digest[:_DIGITS]}"
    words = (_readable(segment) for segment in (verb, *segments))
    readable = ".".join(word for word in words if word).lstrip("_") or "operation"
    return readable[: LONGEST - len(suffix)] + suffix


def positional(path: str) -> str:
    """Return a path with its variables nameless.

    >>> positional("/users/{id}/files/{name}.{format}")
    '/users/{}/files/{}.{}'
    """
    return _VARIABLE.sub("{}", path)


def _is_plain(verb: str, segments: list[str]) -> bool:
    """Return whether the key is the operation's alone; a path may end in a slash."""
    root, *named = segments
    if named and not named[-1]:
        named.pop()
    return (
        not root
        and len(segments) > 1
        and _PLAIN_METHOD.fullmatch(verb) is not None
        and all(_PLAIN_SEGMENT.fullmatch(segment) for segment in named)
    )


def _plain(segment: str) -> str:
    return "_" if segment == "{}" else segment.replace(".", "..")


def _readable(segment: str) -> str:
    return _UNFIT.sub("-", segment.replace("{}", "_")).strip("-")
