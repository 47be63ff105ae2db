"""Where in a policy document each key belongs, read off the document's shape."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec import inspect

from lifecycle.policy.schema import PolicyIn, TierIn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.documents import Path

A_TIER = "TIER"
MOST_PLACES = 2


def misplaced(path: Path) -> str | None:
    """Say of a key that may not stand at ``path`` where it belongs, if there is such a place."""
    if places := places_of(path):
        where = " or ".join(f"`{place}`" if place else "the top level" for place in places)
        return f"does not belong here; move it to {where}"
    return None


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
    for place, key in _walk(inspect.type_info(PolicyIn), ()):
        places.setdefault(key, []).append(".".join(place))
    return places


def _walk(kind: inspect.Type, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the known keys with the places of their mappings; rules in rules have none."""
    match kind:
        case inspect.StructType():
            inside = (*place, A_TIER) if kind.cls is TierIn else place
            for field in kind.fields:
                yield inside, field.encode_name
                yield from _walk(field.type, (*inside, field.encode_name))
        case inspect.Metadata():
            for chosen in (kind.extra or {}).get("kinds", (kind.type,)):
                yield from _walk(chosen, place)
        case inspect.UnionType():
            for member in kind.types:
                yield from _walk(member, place)
        case inspect.DictType():
            yield from _walk(kind.value_type, place)
