"""What breaks callers between two schemas of what they send, or of what they are sent."""

from __future__ import annotations

from collections import deque
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


class Pair(msgspec.Struct, frozen=True):
    """What breaks between two schemas themselves, and the pairs of schemas inside them."""

    sent: list[str]
    received: list[str]
    inner: list[tuple[str, Part, Part]]


class Comparison:
    """The pairs of schemas compared so far: operations share most of theirs."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[int, int], Pair] = {}

    def breaks_sent(self, old: Part, new: Part) -> Iterator[str]:
        """Say which properties that callers send are gone or required now."""
        for path, pair in self._walk(old, new):
            yield from (f"{path}{told}" for told in pair.sent)

    def breaks_received(self, old: Part, new: Part) -> Iterator[str]:
        """Say which properties that callers are sent are gone or may be missing now."""
        for path, pair in self._walk(old, new):
            yield from (f"{path}{told}" for told in pair.received)

    def _walk(self, old: Part, new: Part) -> Iterator[tuple[str, Pair]]:
        """Give each pair that stands at the same place, once, however they refer around."""
        waiting, seen = deque([("", old, new)]), set()
        while waiting:
            path, before, after = waiting.popleft()
            # Parts of a description live as long as it does, so that these stay theirs.
            place = id(before.value), id(after.value)
            if place in seen:
                continue
            seen.add(place)
            if place not in self._pairs:
                self._pairs[place] = _compare(before, after)
            pair = self._pairs[place]
            yield path, pair
            waiting += [(f"{path}{step}.", one, other) for step, one, other in pair.inner]


def _compare(old: Part, new: Part) -> Pair:
    before, after = _fields(old), _fields(new)
    gone = [f"{name} is gone" for name in before.properties if name not in after.properties]
    required = [f"{name} is required now" for name in sorted(after.required - before.required)]
    kept = before.required & before.properties.keys() & after.properties.keys()
    missing = [f"{name} may be missing now" for name in sorted(kept - after.required)]
    inner = [
        (name, part, after.properties[name])
        for name, part in before.properties.items()
        if name in after.properties
    ]
    if before.items is not None and after.items is not None:
        inner.append(("[]", before.items, after.items))
    return Pair(gone + required, gone + missing, inner)


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
