"""What breaks callers between two schemas of what they send, or of what they are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from lifecycle.gate.deriving.specifications import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST: Final = 20


class Fields(msgspec.Struct):
    """A schema's properties, those that are required, and the schema of its items."""

    properties: dict[str, Part] = {}
    required: set[str] = set()
    items: Part | None = None


def breaks_sent(old: Part, new: Part) -> Iterator[str]:
    """Say which properties that callers send are gone or required now."""
    for path, before, after in _pairs(old, new, "", set()):
        yield from (f"{path}{name} is gone" for name in _lost(before, after))
        added = after.required - before.required
        yield from (f"{path}{name} is required now" for name in sorted(added))


def breaks_received(old: Part, new: Part) -> Iterator[str]:
    """Say which properties that callers are sent are gone or may be missing now."""
    for path, before, after in _pairs(old, new, "", set()):
        yield from (f"{path}{name} is gone" for name in _lost(before, after))
        kept = before.required & before.properties.keys() & after.properties.keys()
        yield from (f"{path}{name} may be missing now" for name in sorted(kept - after.required))


def _lost(before: Fields, after: Fields) -> list[str]:
    return [name for name in before.properties if name not in after.properties]


def _pairs(
    old: Part, new: Part, path: str, seen: set[tuple[int, int]]
) -> Iterator[tuple[str, Fields, Fields]]:
    """Give each pair of schemas that stand at the same place, once, however they refer around."""
    if (place := (id(old.value), id(new.value))) in seen:
        return
    seen.add(place)
    before, after = _fields(old), _fields(new)
    yield path, before, after
    for name, part in before.properties.items():
        if name in after.properties:
            yield from _pairs(part, after.properties[name], f"{path}{name}.", seen)
    if before.items is not None and after.items is not None:
        yield from _pairs(before.items, after.items, f"{path}[].", seen)


def _fields(schema: Part, depth: int = 0) -> Fields:
    """Collect what a schema and those it is composed of say; alternatives require nothing."""
    if not isinstance(schema.value, dict) or depth > _DEEPEST:
        return Fields()
    required = schema.value.get("required")
    found = Fields(
        dict(schema.at("properties").items()),
        {name for name in required if isinstance(name, str)}
        if isinstance(required, list)
        else set(),
        schema.at("items") if isinstance(schema.value.get("items"), dict) else None,
    )
    for word in ("allOf", "oneOf", "anyOf"):
        for part in schema.at(word).each():
            inner = _fields(part, depth + 1)
            found.properties = inner.properties | found.properties
            found.required |= inner.required if word == "allOf" else set()
            found.items = found.items or inner.items
    return found
