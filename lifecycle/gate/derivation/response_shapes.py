"""What several schemas that hold together say of a value, with their `allOf` flattened (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lifecycle.gate.derivation import keywords
from lifecycle.gate.derivation.specifications import Part

if TYPE_CHECKING:
    from collections.abc import Iterable

CLOSED: Final = ("additionalProperties", "unevaluatedProperties")


class Shape(msgspec.Struct, frozen=True):
    """Schemas that all hold for the same value.

    ``chosen`` are the schemas of whose alternatives (`oneOf`, `anyOf`) some are among the parts, so
    that theirs are not looked at again. In ``textual`` places, such as a query, numbers are text.
    """

    parts: tuple[Part, ...]
    chosen: frozenset[int] = frozenset()
    textual: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it apart: parts of a description live as long as it does."""
        return tuple(sorted(id(part.value) for part in self.parts)), self.chosen, self.textual

    def inside(self, parts: Iterable[Part]) -> Shape:
        """Return the shape of schemas for a value within this one's."""
        return Shape(flatten(parts), textual=self.textual)

    def types(self, *, listed: bool = False) -> frozenset[str] | None:
        """Return the kinds of values that are allowed; nothing where a `type` is unknown.

        Those that an enumeration rules out are left out only if ``listed``.
        """
        types_left, null = keywords.TYPES, False
        for part in self.parts:
            if part.value is False:
                return frozenset()
            read = keywords.read_types(part.value, listed=listed)
            if read is None:
                return None
            types_left &= read
            null |= keywords.is_nullable(part.value) and "type" not in part.value
        if self.textual and "string" in types_left:
            types_left |= keywords.NUMBERS | {"boolean"}
        return types_left | {"null"} if null else types_left

    def stated_types(self) -> list[str]:
        """Return what stands under `type`, as text."""
        return [keywords.canonical(part.value) for part in self.under("type")]

    def assertions(self) -> dict[str, list[Any]]:
        """Return the values of the keywords that limit a value by themselves."""
        by_name: dict[str, list[Any]] = {}
        for part in self._objects():
            for name, values in keywords.read_assertions(part.value).items():
                by_name.setdefault(name, []).extend(values)
        null = any(keywords.is_nullable(part.value) for part in self._objects())
        if "enum" in by_name:
            by_name["enum"] = [self._listed(listed, null=null) for listed in by_name["enum"]]
        return by_name

    def unknown(self) -> dict[str, list[str]]:
        """Return what stands under keywords that cannot be compared, as text."""
        by_keyword: dict[str, list[str]] = {}
        for part in self._objects():
            for name, value in keywords.read_unknown(part.value).items():
                by_keyword.setdefault(name, []).append(keywords.canonical(value))
        return {name: sorted(values) for name, values in by_keyword.items()}

    def having(self, keyword: str) -> list[Part]:
        """Return the schemas that have a keyword."""
        return [part for part in self._objects() if keyword in part.value]

    def under(self, keyword: str) -> list[Part]:
        """Return the schemas below a keyword."""
        return [part.at(keyword) for part in self.having(keyword)]

    def required(self) -> set[str]:
        """Return the names of the properties that must be there."""
        listed = [part.value["required"] for part in self.having("required")]
        return {
            name
            for names in listed
            if isinstance(names, list)
            for name in names
            if isinstance(name, str)
        }

    def names(self) -> dict[str, None]:
        """Return the names of the properties that are declared, in their order."""
        return {name: None for part in self.under("properties") for name, _ in part.items()}

    def patterns(self) -> dict[str, None]:
        """Return the patterns for which properties are declared."""
        return {name: None for part in self.under("patternProperties") for name, _ in part.items()}

    def of_property(self, name: str) -> list[Part]:
        """Return all schemas that hold for a property of some name."""
        parts: list[Part] = []
        for part in self._objects():
            own = [
                schema
                for pattern, schema in part.at("patternProperties").items()
                if _is_found(pattern, name)
            ]
            if isinstance(part.value.get("properties"), dict) and name in part.value["properties"]:
                own.append(part.at("properties", name))
            if not own and "additionalProperties" in part.value:
                own.append(part.at("additionalProperties"))
            parts += own
        return parts if name in self.names() else parts + self.under("unevaluatedProperties")

    def of_pattern(self, pattern: str) -> list[Part]:
        """Return the schemas that hold for properties whose names match a pattern."""
        parts: list[Part] = []
        for part in self._objects():
            schemas = part.at("patternProperties")
            if isinstance(schemas.value, dict) and pattern in schemas.value:
                parts.append(schemas.at(pattern))
            elif "additionalProperties" in part.value:
                parts.append(part.at("additionalProperties"))
        return parts

    def of_rest(self) -> list[Part]:
        """Return the schemas that hold for properties that nothing else declares."""
        return [schema for keyword in CLOSED for schema in self.under(keyword)]

    def prefix(self) -> int:
        """Return for how many of the first items there are schemas of their own."""
        lists = [part.value["prefixItems"] for part in self.having("prefixItems")]
        return max(
            (len(prefix_items) for prefix_items in lists if isinstance(prefix_items, list)),
            default=0,
        )

    def of_item(self, index: int) -> list[Part]:
        """Return the schemas that hold for the item at some index."""
        parts = []
        for part in self._objects():
            first = list(part.at("prefixItems").each())
            if index < len(first):
                parts.append(first[index])
            elif "items" in part.value:
                parts.append(part.at("items"))
        return parts

    def alternatives(self) -> list[tuple[str, list[Part]]]:
        """Return the lists of alternatives that nobody chose from yet, by their keyword."""
        return [
            (word, list(part.at(word).each()))
            for word in ("oneOf", "anyOf")
            for part in self.having(word)
            if id(part.value) not in self.chosen and isinstance(part.value[word], list)
        ]

    def choosing(self, *alternatives: Part) -> Shape:
        """Return the shape in which some alternatives hold as well."""
        chosen = self.chosen | {id(part.value) for part in self.parts}
        return Shape(flatten((*self.parts, *alternatives)), chosen, self.textual)

    def has(self, flag: str) -> bool:
        """Return whether one of the schemas sets a flag such as `readOnly`."""
        return any(part.value[flag] is True for part in self.having(flag))

    def _objects(self) -> list[Part]:
        return [part for part in self.parts if isinstance(part.value, dict)]

    def _listed(self, values: Any, *, null: bool) -> Any:
        if not isinstance(values, list):
            return values
        listed = [*values, None] if null else values
        return [_written(value) for value in listed] if self.textual else listed


def flatten(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Return schemas and those of their `allOf`, each once, without those that allow everything.

    What is neither a mapping nor a boolean is no schema and says nothing.
    """
    waiting, parts_by_id = list(parts), dict[int, Part]()
    for part in waiting:
        if (part.value is False or isinstance(part.value, dict)) and part.value != {}:
            if id(part.value) not in parts_by_id:
                waiting += part.at("allOf").each()
            parts_by_id[id(part.value)] = part
    return tuple(parts_by_id.values())


def _is_found(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except (re.error, RecursionError):
        return False


def _written(value: Any) -> Any:
    """Return a value as a query, a path or a header writes it."""
    if isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value
