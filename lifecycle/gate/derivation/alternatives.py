"""Schemas with alternatives (`oneOf`, `anyOf`), compared (pure).

Each alternative of the wide schema must fit into one of the strict schema's. A value that must fit
exactly one alternative is refused where it fits two: scalars are looked at for that; of objects
and arrays it is taken that the alternatives are apart, unless one fits into another as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Final

import msgspec

from lifecycle.documents.storable_text import shown
from lifecycle.gate.derivation import keywords
from lifecycle.gate.derivation.differences import Difference, Inner, Pair, Weight
from lifecycle.gate.derivation.response_shapes import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.derivation.specifications import Part

_MOST_COMBINATIONS: Final = 64


Fit = Callable[[Pair], list[Difference]]
"""How two alternatives are compared: by what is near, which is enough to pair them."""


class Branch(msgspec.Struct, frozen=True):
    """One alternative, or one of each list of them, with all that holds beside."""

    shape: Shape
    name: str
    exclusive: bool


class Outcome(msgspec.Struct, frozen=True):
    """How alternatives fit into others, and what is to be reported or compared further of that."""

    found: list[Difference] = []
    reported: list[Difference | Inner] = []

    def __add__(self, added: Outcome) -> Outcome:
        return Outcome(self.found + added.found, self.reported + added.reported)


def compare_alternatives(pair: Pair, fit: Fit) -> list[Difference | Inner]:
    """Compare two schemas of which at least one has alternatives."""
    wide, strict = pair.wide.alternatives(), pair.strict.alternatives()
    if (
        max(prod(len(branch) for _, branch in lists) for lists in (wide, strict))
        > _MOST_COMBINATIONS
    ):
        return [Difference(Weight.UNCOMPARED, "has too many alternatives to be compared")]
    branches, into = (
        list(_branches(shape, lists)) for shape, lists in ((pair.wide, wide), (pair.strict, strict))
    )
    outcome = _fit_all(branches, into, pair, fit)
    if outcome.found and not wide and pair.wide.parts:
        apart = _fit_all(list(_parted(pair.wide)), into, pair, fit)
        outcome = min(apart, outcome, key=lambda branch: _gravity(branch.found))
    if _breaks(outcome.found):
        # What breaks beside the alternatives would break each of them, and is told once.
        beside = Pair(pair.old.choosing(), pair.new.choosing(), pair.direction)
        if _breaks(fit(beside)):
            return [Inner.at("", beside)]
    return outcome.reported


def _branches(shape: Shape, lists: list[tuple[str, list[Part]]]) -> Iterator[Branch]:
    for chosen in product(*(branch for _, branch in lists)):
        name = " with ".join(filter(None, map(_name, chosen)))
        yield Branch(shape.choosing(*chosen), name, any(word == "oneOf" for word, _ in lists))


def _parted(shape: Shape) -> Iterator[Branch]:
    """Part what a schema allows by the values that it lists, or else by their kinds."""
    listed = shape.assertions().get("enum", [])
    if len(listed) == 1 and isinstance(listed[0], list) and len(listed[0]) <= _MOST_COMBINATIONS:
        parts: list[dict[str, object]] = [{"enum": [value]} for value in listed[0]]
    else:
        kinds = _types(shape)
        numbers = ["number"] if "fraction" in kinds else []
        names = sorted(kinds - keywords.NUMBERS) + (numbers or sorted(kinds & keywords.NUMBERS))
        parts = [{"type": name} for name in names]
    for part in parts:
        yield Branch(shape.choosing(shape.parts[0].of(part)), "", exclusive=False)


def _fit_all(branches: list[Branch], into: list[Branch], pair: Pair, fit: Fit) -> Outcome:
    outcomes = (_fit(index, branches, into, pair, fit) for index in range(len(branches)))
    return sum(outcomes, Outcome())


def _name(part: Part) -> str:
    title = part.value.get("title") if isinstance(part.value, dict) else None
    return shown(title) if isinstance(title, str) else ""


def _fit(index: int, branches: list[Branch], into: list[Branch], pair: Pair, fit: Fit) -> Outcome:
    """Find the alternative into which another one fits, or fits best; its place is tried first."""
    branch, best = branches[index], None
    place, chosen = 0, pair
    for candidate_index in sorted(
        range(len(into)), key=lambda candidate_index: candidate_index != index
    ):
        candidate = pair.oriented(wide=branch.shape, strict=into[candidate_index].shape)
        differences = fit(candidate)
        if best is None or _gravity(differences) < _gravity(best):
            best, place, chosen = differences, candidate_index, candidate
        if not differences:
            break
    if best is None:
        return Outcome()
    if _breaks(best) and len(into) != len(branches) and len(into) > 1:
        named = f"the alternative {branch.name}" if branch.name else f"alternative {index + 1}"
        message = f"may no longer be {named}" if pair.is_sent else f"may be {named} now"
        unmatched = [Difference(Weight.BREAK, message)]
        return Outcome(unmatched, [*unmatched])
    more: list[Difference] = []
    if not _breaks(best) and pair.is_sent and into[place].exclusive:
        more = list(_overlaps(branch, place, branches, into, pair, fit))
    return Outcome(best + more, [Inner.at("", chosen), *more])


def _overlaps(
    branch: Branch,
    place: int,
    branches: list[Branch],
    into: list[Branch],
    pair: Pair,
    fit: Fit,
) -> Iterator[Difference]:
    """Find other alternatives of a `oneOf` that the branch's values fit as well."""
    for number, alternative in enumerate(into):
        if number == place or not _may_overlap(branch.shape, alternative.shape):
            continue
        if any(
            sibling.exclusive
            and sibling is not branch
            and not fit(pair.oriented(wide=sibling.shape, strict=alternative.shape))
            and not fit(pair.oriented(wide=alternative.shape, strict=sibling.shape))
            for sibling in branches
        ):
            continue
        if not fit(pair.oriented(wide=branch.shape, strict=alternative.shape)):
            message = "fits two alternatives of oneOf now, of which it may fit one"
            yield Difference(Weight.BREAK, message)
        elif _types(branch.shape) & keywords.SCALARS:
            message = "may fit two alternatives of oneOf now, which cannot be compared"
            yield Difference(Weight.UNCOMPARED, message)


def _may_overlap(first: Shape, second: Shape) -> bool:
    types = _types(first) & _types(second)
    if not types:
        return False
    first_values, second_values = _values(first), _values(second)
    return first_values is None or second_values is None or bool(first_values & second_values)


def _values(shape: Shape) -> set[str] | None:
    """Return the only values that are allowed, as text, if they are listed."""
    listed = shape.assertions().get("enum", [])
    values = [
        set(map(keywords.canonical, values_listed))
        for values_listed in listed
        if isinstance(values_listed, list)
    ]
    return set.intersection(*values) if values else None


def _types(shape: Shape) -> frozenset[str]:
    types = shape.types(listed=True)
    return keywords.TYPES if types is None else types


def _breaks(differences: list[Difference]) -> bool:
    return any(difference.weight is Weight.BREAK for difference in differences)


def _gravity(differences: list[Difference]) -> tuple[int, int, int]:
    counts = [sum(difference.weight is weight for difference in differences) for weight in Weight]
    return counts[0], counts[1], counts[2]
