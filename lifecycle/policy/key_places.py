"""Where in a policy document each key belongs, read off the document's shape."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from lifecycle.documents.suggestions import suggest
from lifecycle.policy.schema import PolicyIn, TierIn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.documents import Path

A_TIER = "TIER"
MOST_PLACES = 2


def known_keys(path: Path) -> list[str]:
    """List the keys that may stand in a mapping, following the shape down to it."""
    shape: type[BaseModel] = PolicyIn
    for part in path:
        found = _shapes(_fields(shape).get(str(part)))
        shape = found[0] if found else shape
    return list(_fields(shape))


def unknown_key(path: Path) -> tuple[Path, str, str]:
    """Say of a key that may not stand at ``path`` where it belongs, or which one is near."""
    key, known = str(path[-1]), known_keys(path[:-1])
    if places := places_of(path):
        where = " or ".join(f"`{place}`" if place else "the top level" for place in places)
        return path, f"does not belong here; move it to {where}", ", ".join(known)
    return path, f"is not a known key{suggest(key, known)}", ", ".join(known)


def places_of(path: Path) -> list[str]:
    """List the mappings to which the last key of ``path`` belongs; none where they are many.

    >>> places_of(("tiers", "pro", "window", "any", 0, "at_least"))
    ['tiers.pro.window']
    >>> places_of(("notice", "reminders")), places_of(("rank",))
    ([''], ['tiers.TIER'])
    """
    tier = str(path[1]) if path[0] == "tiers" and len(path) > MOST_PLACES else A_TIER
    places = _places().get(str(path[-1]), [])
    return [place.replace(A_TIER, tier) for place in places] if len(places) <= MOST_PLACES else []


@cache
def _places() -> dict[str, list[str]]:
    places: dict[str, list[str]] = {}
    for place, key in _walk(PolicyIn, ""):
        places.setdefault(key, []).append(place)
    return places


def _walk(shape: type[BaseModel], place: str) -> Iterator[tuple[str, str]]:
    for key, annotation in _fields(shape).items():
        yield place, key
        for inner in _shapes(annotation):
            if issubclass(shape, inner):  # a rule in `any` or `all` has the window's own keys
                continue
            below = f"{place}.{key}".removeprefix(".")
            yield from _walk(inner, f"{below}.{A_TIER}" if inner is TierIn else below)


def _fields(shape: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in shape.model_fields.items()}


def _shapes(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [shape for inner in get_args(annotation) for shape in _shapes(inner)]
