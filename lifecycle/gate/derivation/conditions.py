"""Keywords that set conditions on a value by further schemas, compared (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lifecycle.documents.storable_text import shown
from lifecycle.gate.derivation import keywords
from lifecycle.gate.derivation.differences import Difference, Inner, Pair, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.derivation.response_shapes import Shape
    from lifecycle.gate.derivation.specifications import Part

NARROWING: Final = {
    "contains": "array",
    "propertyNames": "object",
    "contentSchema": "string",
}
"""Keywords that narrow as the schema below them does, and the kind of value that they concern."""
_UNEVALUATED: Final = ("Items", "Properties")


def compare_conditions(pair: Pair, types: frozenset[str]) -> Iterator[Difference | Inner]:
    """Compare the conditions that two schemas set on values of some kinds."""
    for keyword, kind in NARROWING.items():
        wide, strict = pair.wide.under(keyword), pair.strict.under(keyword)
        if kind not in types or _are_same(wide, strict):
            continue
        if strict and not wide:
            yield _lost(keyword, pair)
        elif strict and keyword == "contains" and _limits_matches(pair):
            yield _unsure(keyword)
        elif strict:
            inside = pair.oriented(wide=pair.wide.inside(wide), strict=pair.strict.inside(strict))
            yield Inner.at(f"({keyword}).", inside)
    yield from _evaluations(pair)
    yield from _negations(pair)
    yield from _branches(pair)
    if "object" in types:
        yield from _dependencies(pair)


def _limits_matches(pair: Pair) -> bool:
    return any(shape.having("maxContains") for shape in (pair.old, pair.new))


def _evaluations(pair: Pair) -> Iterator[Difference]:
    """Compare what decides, beside `properties` and `items`, which values are left unevaluated."""
    shapes = pair.old, pair.new
    if any(shape.having(f"unevaluated{kind}") for shape in shapes for kind in _UNEVALUATED):
        for keyword in ("if", "dependentSchemas", "contains"):
            if not _are_same(*(shape.under(keyword) for shape in shapes)):
                yield _unsure(keyword)


def _negations(pair: Pair) -> Iterator[Difference]:
    wide, strict = pair.wide.under("not"), pair.strict.under("not")
    if all(any(is_same(strict_part, wide_part) for wide_part in wide) for strict_part in strict):
        return
    yield _unsure("not") if wide else _lost("not", pair)


def _branches(pair: Pair) -> Iterator[Difference]:
    """Compare `if` with its `then` and `else`; without either it sets no condition."""
    wide, strict = _conditional(pair.wide), _conditional(pair.strict)
    for strict_part in strict:
        if not any(_are_same(strict_part, wide_part) for wide_part in wide):
            yield _unsure("if") if wide else _lost("if", pair)
            return


def _conditional(shape: Shape) -> list[list[Part]]:
    return [
        [part.at(word) for word in ("if", "then", "else")]
        for part in shape.having("if")
        if "then" in part.value or "else" in part.value
    ]


def _dependencies(pair: Pair) -> Iterator[Difference | Inner]:
    wide, strict = _dependent_names(pair.wide), _dependent_names(pair.strict)
    for name, needed in sorted(strict - wide):
        message = (
            f"is required with {shown(name)} now"
            if pair.is_sent
            else (f"may be missing beside {shown(name)} now")
        )
        yield Difference(Weight.BREAK, message, shown(needed))
    names = {
        name: None for part in pair.strict.under("dependentSchemas") for name, _ in part.items()
    }
    for name in names:
        shapes = (
            shape.inside(
                part.at(name)
                for part in shape.under("dependentSchemas")
                if isinstance(part.value, dict) and name in part.value
            )
            for shape in (pair.wide, pair.strict)
        )
        first, second = shapes
        if first.parts:
            inside = pair.oriented(wide=first, strict=second)
            yield Inner.at(f"(with {shown(name)}).", inside)
        elif second.parts:
            yield _lost(f"dependentSchemas of {shown(name)}", pair)


def _dependent_names(shape: Shape) -> set[tuple[str, str]]:
    return {
        (name, str(needed))
        for part in shape.under("dependentRequired")
        for name, listed in part.items()
        if isinstance(listed.value, list)
        for needed in listed.value
    }


def _lost(keyword: str, pair: Pair) -> Difference:
    message = (
        f"must meet the {keyword} that is new" if pair.is_sent else f"no longer meets {keyword}"
    )
    return Difference(Weight.BREAK, message)


def _unsure(keyword: str) -> Difference:
    return Difference(
        Weight.UNCOMPARED, f"differs in the keyword {keyword}, which cannot be compared"
    )


def _are_same(first: list[Part], second: list[Part]) -> bool:
    return len(first) == len(second) and all(map(is_same, first, second))


def is_same(first: Part, second: Part, compared: frozenset[tuple[int, int]] = frozenset()) -> bool:
    """Return whether two schemas are the same in everything that counts, references followed."""
    first_value, second_value = first.value, second.value
    if not isinstance(first_value, dict) or not isinstance(second_value, dict):
        if isinstance(first_value, list) and isinstance(second_value, list):
            pairs = zip(first.each(), second.each(), strict=False)
            return len(first_value) == len(second_value) and all(
                is_same(*pair, compared) for pair in pairs
            )
        return keywords.canonical(first_value) == keywords.canonical(second_value)
    if (id(first_value), id(second_value)) in compared:
        return True
    compared |= {(id(first_value), id(second_value))}
    names = _counting(first_value)
    return names == _counting(second_value) and all(
        is_same(first.at(name), second.at(name), compared) for name in names
    )


def _counting(schema: dict[str, Any]) -> set[str]:
    return {
        name
        for name in schema
        if name not in keywords.ANNOTATIONS and not str(name).startswith("x-")
    }
