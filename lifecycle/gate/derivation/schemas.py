"""What breaks callers between two schemas of what they send, or of what they are sent.

What a caller was allowed to send must still be accepted, and what it is sent must still be as it
was promised: the new schema may only widen in requests, and only narrow in answers. So one of the
two, the wide one, has to fit into the other, the strict one. Callers are taken to send no property
that is not declared, and to ignore those they do not know: an optional property more breaks nobody.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from lifecycle.documents.storable_text import shown
from lifecycle.gate.derivation import keywords
from lifecycle.gate.derivation.alternatives import compare_alternatives
from lifecycle.gate.derivation.conditions import compare_conditions
from lifecycle.gate.derivation.differences import Difference, Direction, Inner, Pair, Weight
from lifecycle.gate.derivation.objects import compare_items, compare_properties
from lifecycle.gate.derivation.response_shapes import Shape, flatten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from lifecycle.gate.derivation.specifications import Part

_MOST_PAIRS: Final = 50_000
_LEVELS: Final = 3
"""How many levels deep alternatives are looked into to find those that belong together."""
_SHOWN: Final = 3
_TOO_MUCH: Final = Difference(Weight.UNCOMPARED, "has too many schemas to be compared")


class Comparison:
    """The pairs of schemas compared so far, as of the day of a release: operations share most."""

    def __init__(self, day: date) -> None:
        self.day = day
        # The pairs are kept, so that no other part comes to have the identity of one of theirs.
        self._pairs: dict[object, tuple[Pair, list[Difference | Inner]]] = {}
        self._fitting: dict[object, tuple[Pair, list[Difference]]] = {}

    def compare(
        self, old: Part | None, new: Part | None, direction: Direction, *, textual: bool = False
    ) -> list[Difference]:
        """Return what differs, once each; a schema that is not there allows everything."""
        before, after = (
            Shape(flatten([part] if part else []), textual=textual) for part in (old, new)
        )
        return list(dict.fromkeys(self._differences(Pair(before, after, direction))))

    def _differences(self, outermost: Pair, levels: int | None = None) -> list[Difference]:
        """Compare a pair and all within it, each once, however they refer around.

        ``levels`` says how deep to look: two also compare what is in the properties' properties.
        """
        first = Inner.at("", outermost)
        waiting, keys, differences = deque([(first, "", 0)]), {first.key}, list[Difference]()
        while waiting:
            inner, path, level = waiting.popleft()
            levels_left = _LEVELS if levels is None else levels - level
            for difference in self._compared(inner, levels_left):
                if isinstance(difference, Difference):
                    differences.append(difference.within(path))
                elif difference.key not in keys and (levels_left or not difference.step):
                    keys.add(difference.key)
                    waiting.append(
                        (difference, f"{path}{difference.step}", level + bool(difference.step))
                    )
            if len(keys) > _MOST_PAIRS:
                return [*differences, _TOO_MUCH]
        return differences

    def _compared(self, inner: Inner, levels: int) -> list[Difference | Inner]:
        key = inner.key, levels
        if key not in self._pairs:
            pair = inner.pair
            if pair.old.alternatives() or pair.new.alternatives():
                differences = compare_alternatives(pair, partial(self._fit, levels=levels - 1))
            else:
                differences = list(_compare(pair, self.day))
            self._pairs[key] = pair, differences
        return self._pairs[key][1]

    def _fit(self, pair: Pair, *, levels: int) -> list[Difference]:
        """Compare two alternatives by what is near; what is too far away is taken to fit."""
        if levels < 0:
            return []
        key = pair.key, levels
        if key not in self._fitting:
            self._fitting[key] = pair, self._differences(pair, levels)
        return self._fitting[key][1]


def _compare(pair: Pair, day: date) -> Iterator[Difference | Inner]:
    """Compare what two schemas say themselves; what is within follows."""
    wide, strict = pair.wide.types(listed=True), pair.strict.types()
    if wide is None or strict is None:
        if pair.wide.stated_types() != pair.strict.stated_types():
            yield Difference(Weight.UNCOMPARED, "differs in a type that is not known")
        wide = strict = keywords.TYPES
    if not wide:
        return
    if wide - strict:
        yield Difference(Weight.BREAK, _changed_types(pair, wide - strict))
    types = wide & strict
    yield from _compare_assertions(pair, types)
    yield from _compare_unknown(pair)
    yield from compare_conditions(pair, types)
    if "object" in types:
        yield from compare_properties(pair, day)
    if "array" in types:
        yield from compare_items(pair)


def _changed_types(pair: Pair, lost_types: frozenset[str]) -> str:
    if lost_types == {"null"}:
        return "may no longer be null" if pair.is_sent else "may be null now"
    old, new = (_named(shape.types() or frozenset()) for shape in (pair.old, pair.new))
    return f"is {new} instead of {old.removeprefix('of ')}"


def _named(types: frozenset[str]) -> str:
    """Name the kinds of values as a `type` does; numbers that are text in a query are not told."""
    if types >= keywords.TYPES:
        return "of any type"
    if types >= keywords.NUMBERS:
        types = types - keywords.NUMBERS | {"number"}
    return " or ".join(sorted(types)) or "forbidden"


def _compare_assertions(pair: Pair, types: frozenset[str]) -> Iterator[Difference]:
    wide, strict = pair.wide.assertions(), pair.strict.assertions()
    if types <= {"boolean", "null"} and "enum" not in wide:
        wide["enum"] = [
            [value for value in (True, False, None) if keywords.type_of(value) in types]
        ]
    if not (pair.wide.having("contains") and pair.strict.having("contains")):
        strict.pop("minContains", None)
        strict.pop("maxContains", None)
    for keyword, values in strict.items():
        before = wide.get(keyword, [])
        if not keywords.concerns(keyword, values, types):
            continue
        fits = keywords.fits(keyword, before, values)
        if fits is None:
            yield Difference(Weight.UNCOMPARED, pair.changed(keyword, before, values))
        elif not fits and keyword in keywords.LISTS:
            yield from _compare_values(keyword, before, values, pair)
        elif not fits:
            yield Difference(Weight.BREAK, pair.changed(keyword, before, values))


def _compare_values(
    keyword: str, wide: list[Any], strict: list[Any], pair: Pair
) -> Iterator[Difference]:
    """Judge values that are no longer accepted, or that answers may hold from now on."""
    if keyword != "enum" and not (pair.is_sent and wide):
        return
    values = {keywords.canonical(value) for listed in strict for value in listed}
    more = [value for listed in wide for value in listed if keywords.canonical(value) not in values]
    named = ", ".join(shown(str(value)) for value in (more or strict[0])[:_SHOWN])
    if pair.is_sent:
        message = f"no longer accepts {named}" if more else f"accepts only {named} now"
        yield Difference(Weight.BREAK, message)
    else:
        constant = bool(pair.strict.having("const")) and not pair.new.having("enum")
        message = f"may be {named} now" if more else f"may be something other than {named} now"
        yield Difference(Weight.BREAK if constant else Weight.NOTE, message)


def _compare_unknown(pair: Pair) -> Iterator[Difference]:
    old, new = pair.old.unknown(), pair.new.unknown()
    for keyword in {**old, **new}:
        if old.get(keyword) != new.get(keyword):
            message = f"differs in the keyword {shown(keyword)}, which cannot be compared"
            yield Difference(Weight.UNCOMPARED, message)
