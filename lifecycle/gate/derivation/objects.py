"""The properties and items of two schemas, compared (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.documents.storable_text import shown
from lifecycle.gate.derivation.differences import (
    Difference,
    Inner,
    Pair,
    Weight,
    removal_of,
    sunset_changes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from lifecycle.gate.derivation.response_shapes import Shape


def compare_properties(pair: Pair, day: date) -> Iterator[Difference | Inner]:
    """Compare what two schemas say of an object's properties, declared or not."""
    old, new = pair.old.names(), pair.new.names()
    hidden = set(_hidden(pair, {**old, **new}))
    for name in (name for name in {**old, **new} if name not in hidden):
        inside = pair.inside(pair.old.of_property(name), pair.new.of_property(name))
        if name in old and name in new:
            yield from _moved_sunset(name, inside)
            yield Inner.at(f"{shown(name)}.", inside)
        elif name in old:
            yield from _gone(name, inside, pair, day)
        elif pair.is_sent and (pair.old.of_rest() or not old) and not _is_closed(pair.old):
            yield Inner.at(f"{shown(name)}.", inside)
    yield from _flags(pair, [name for name in old if name in new])
    yield from _required(pair, hidden)
    yield from _undeclared(pair)


def _hidden(pair: Pair, names: dict[str, None]) -> Iterator[str]:
    """Yield the properties that do not count, such as those that are read-only in requests."""
    flag = _flag(pair)
    for name in names:
        for shape in (pair.old, pair.new):
            if shape.inside(shape.of_property(name)).has(flag):
                yield name


def _flag(pair: Pair) -> str:
    return "readOnly" if pair.is_sent else "writeOnly"


def _flags(pair: Pair, names: list[str]) -> Iterator[Difference]:
    flag = _flag(pair)
    for name in names:
        was_set, is_set = (
            shape.inside(shape.of_property(name)).has(flag) for shape in (pair.old, pair.new)
        )
        if was_set != is_set:
            message = f"is {flag} now" if is_set else f"is no longer {flag}"
            yield Difference(Weight.NOTE, message, shown(name))


def _moved_sunset(name: str, inside: Pair) -> Iterator[Difference]:
    before, after = _sunset(inside.old), _sunset(inside.new)
    for change in sunset_changes(before, after, deprecated=inside.new.has("deprecated")):
        yield change.within(shown(name))


def _gone(name: str, inside: Pair, pair: Pair, day: date) -> Iterator[Difference | Inner]:
    """Judge a property that is no longer declared."""
    promised = not pair.is_sent and name in pair.old.required()
    refused = pair.is_sent and _is_closed(pair.new)
    removal = removal_of(
        _sunset(inside.old),
        deprecated=inside.old.has("deprecated"),
        day=day,
        otherwise=Weight.BREAK if promised or refused else Weight.NOTE,
    )
    yield removal.within(shown(name))
    if pair.is_sent and not refused:
        yield Inner.at(f"{shown(name)}.", inside)


def _sunset(shape: Shape) -> Any:
    return next((part.value["x-sunset"] for part in shape.having("x-sunset")), None)


def _is_closed(shape: Shape) -> bool:
    return any(part.value is False for part in shape.of_rest())


def _required(pair: Pair, hidden: set[str]) -> Iterator[Difference]:
    old, new = pair.old.required() - hidden, pair.new.required() - hidden
    if pair.is_sent:
        for name in sorted(new - old):
            yield Difference(Weight.BREAK, "is required now", shown(name))
        return
    lost_names = pair.old.names().keys() - pair.new.names().keys()
    for name in sorted(old - new - lost_names):
        yield Difference(Weight.BREAK, "may be missing now", shown(name))


def _undeclared(pair: Pair) -> Iterator[Inner]:
    """Compare what holds for properties by a pattern of their names, and for all others."""
    for pattern in {**pair.old.patterns(), **pair.new.patterns()}:
        inside = pair.inside(pair.old.of_pattern(pattern), pair.new.of_pattern(pattern))
        yield Inner.at(f"{{{shown(pattern)}}}.", inside)
    # Callers ignore properties that they do not know, so an object may open itself in answers.
    if pair.is_sent or not _is_closed(pair.old):
        yield Inner.at("{}.", pair.inside(pair.old.of_rest(), pair.new.of_rest()))


def compare_items(pair: Pair) -> Iterator[Difference | Inner]:
    """Compare what two schemas say of an array's items."""
    lengths = pair.old.prefix(), pair.new.prefix()
    for index in range(max(lengths)):
        old, new = pair.old.of_item(index), pair.new.of_item(index)
        if lengths[0] != lengths[1] and not (old and new):
            message = "is described now" if new else "is no longer described"
            yield Difference(Weight.BREAK, message, f"[{index}]")
        else:
            yield Inner.at(f"[{index}].", pair.inside(old, new))
    for keyword, step in (("items", "[]."), ("unevaluatedItems", "[unevaluated].")):
        inside = pair.inside(pair.old.under(keyword), pair.new.under(keyword))
        if inside.old.parts or inside.new.parts:
            yield Inner.at(step, inside)
