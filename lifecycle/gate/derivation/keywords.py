"""What each keyword of a schema allows, and in which direction it narrows (pure).

``ASSERTIONS`` is the table. Each row says of two values of its keyword whether the first implies
the second: whatever the first allows, the second allows as well. Keywords that hold further schemas
are ``STRUCTURES``; those in neither place, and no annotations, cannot be compared.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

NUMBERS: Final = frozenset({"integer", "fraction"})
TYPES: Final = frozenset({"null", "boolean", "string", "array", "object"}) | NUMBERS
"""The kinds of JSON values; `number` is the integers and the fractions."""
SCALARS: Final = TYPES - {"array", "object"}

ANNOTATIONS: Final = frozenset(
    {
        "$anchor", "$comment", "$defs", "$dynamicAnchor", "$id", "$schema", "$vocabulary",
        "collectionFormat", "default", "definitions", "deprecated", "description", "discriminator",
        "example", "examples", "externalDocs", "readOnly", "summary", "title", "writeOnly",
    }
)  # fmt: skip
"""Keywords that change nothing about which values are allowed."""
STRUCTURES: Final = frozenset(
    {
        "additionalProperties", "allOf", "anyOf", "contains", "contentSchema", "dependentRequired",
        "dependentSchemas", "else", "if", "items", "not", "oneOf", "patternProperties",
        "prefixItems", "properties", "propertyNames", "required", "then", "type",
        "unevaluatedItems", "unevaluatedProperties",
    }
)  # fmt: skip
"""Keywords that hold schemas or names of properties; they are compared one by one."""
_READ_WITH_OTHERS: Final = frozenset({"const", "exclusiveMaximum", "exclusiveMinimum", "nullable"})
"""Keywords that are read as another one: a constant as an enumeration, say."""

Implies = Callable[[Any, Any], "bool | None"]


class Assertion(msgspec.Struct, frozen=True):
    """A row of the table: the kinds of values a keyword concerns, and what its values imply.

    ``implies`` gives nothing where nobody can tell. A value that is ``idle`` allows everything.
    """

    types: frozenset[str]
    implies: Implies
    is_valid: Callable[[Any], bool]
    idle: Any = None


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_bound(value: Any) -> bool:
    return isinstance(value, tuple) and _is_number(value[0])


def _at_most(first: Any, second: Any) -> bool:
    return bool(first <= second)


def _at_least(first: Any, second: Any) -> bool:
    return bool(first >= second)


def _below(first: Any, second: Any) -> bool:
    return bool(first[0] < second[0] or (first[0] == second[0] and first[1] >= second[1]))


def _above(first: Any, second: Any) -> bool:
    return bool(first[0] > second[0] or (first[0] == second[0] and first[1] >= second[1]))


def _equal(first: Any, second: Any) -> bool:
    return bool(first == second)


def _is_multiple(first: Any, second: Any) -> bool | None:
    try:
        # As decimals, in which descriptions write them: 0.3 is a multiple of 0.1.
        return Decimal(str(first)) % Decimal(str(second)) == 0
    except InvalidOperation:
        return None


def _is_listed(first: Any, second: Any) -> bool:
    values = {canonical(value) for value in second}
    return all(canonical(value) in values for value in first)


_MATCH_ALL: Final = ("", ".*", "^.*", ".*$", "^.*$", "^", "$", "(.*)")


def _matches(first: Any, second: Any) -> bool | None:
    """Return True if a pattern implies another; None where that cannot be told."""
    return True if first == second else None


_WIDER_FORMATS: Final = {
    "int32": {"int64", "bigint", "double"},
    "int64": {"bigint"},
    "float": {"double"},
}


_NUMERIC_FORMATS: Final = {"bigint", "double", "float", "int32", "int64"}


def _formatted(first: Any, second: Any) -> bool:
    return first == second or second in _WIDER_FORMATS.get(first, ())


_STRING: Final = frozenset({"string"})
_ARRAY: Final = frozenset({"array"})
_OBJECT: Final = frozenset({"object"})

ASSERTIONS: Final = {
    "enum": Assertion(TYPES, _is_listed, lambda value: isinstance(value, list)),
    "format": Assertion(SCALARS, _formatted, _is_text, "password"),
    "pattern": Assertion(_STRING, _matches, _is_text, ""),
    "minimum": Assertion(NUMBERS, _above, _is_bound),
    "maximum": Assertion(NUMBERS, _below, _is_bound),
    "multipleOf": Assertion(NUMBERS, _is_multiple, _is_number),
    "minLength": Assertion(_STRING, _at_least, _is_number, 0),
    "maxLength": Assertion(_STRING, _at_most, _is_number),
    "minItems": Assertion(_ARRAY, _at_least, _is_number, 0),
    "maxItems": Assertion(_ARRAY, _at_most, _is_number),
    "uniqueItems": Assertion(_ARRAY, _equal, lambda value: isinstance(value, bool), idle=False),
    "minContains": Assertion(_ARRAY, _at_least, _is_number),
    "maxContains": Assertion(_ARRAY, _at_most, _is_number),
    "minProperties": Assertion(_OBJECT, _at_least, _is_number, 0),
    "maxProperties": Assertion(_OBJECT, _at_most, _is_number),
    "contentEncoding": Assertion(_STRING, _equal, _is_text),
    "contentMediaType": Assertion(_STRING, _equal, _is_text),
    "x-extensible-enum": Assertion(TYPES, _is_listed, lambda value: isinstance(value, list)),
}
"""The keywords that limit a value by themselves. `minimum` and `maximum` are read as pairs of a
number and whether the number itself is excluded, whichever way a description writes that."""
LISTS: Final = frozenset({"enum", "x-extensible-enum"})
"""Those of the table whose values are lists of values."""


def read_types(schema: dict[str, Any], *, listed: bool = False) -> frozenset[str] | None:
    """Return the kinds of values a schema allows; nothing where its `type` is not known.

    With ``listed``, only those of the values that it lists.

    >>> sorted(read_types({"type": "number", "nullable": True}))
    ['fraction', 'integer', 'null']
    """
    stated = schema.get("type")
    values = _types_of_values(schema) if listed else TYPES
    if stated is None:
        return values
    types: set[str] = set()
    for name in stated if isinstance(stated, list) else [stated]:
        if name == "number":
            types |= NUMBERS
        elif isinstance(name, str) and name in TYPES - {"fraction"}:
            types.add(name)
        else:
            return None
    if is_nullable(schema):
        types.add("null")
    return frozenset(types) & values


def is_nullable(schema: dict[str, Any]) -> bool:
    """Return whether null is allowed beside the rest, as OpenAPI 3.0 and Swagger 2 write it."""
    return schema.get("nullable") is True or schema.get("x-nullable") is True


def read_assertions(schema: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the values of each keyword of the table, without those that allow everything."""
    assertions: dict[str, list[Any]] = {}
    for name, value in schema.items():
        if name in ASSERTIONS and name not in {"minimum", "maximum", "enum"}:
            assertions[name] = ["" if name == "pattern" and value in _MATCH_ALL else value]
    if (values := _values(schema)) is not None:
        assertions["enum"] = [values]
    for name, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        limit, exclusive_limit = schema.get(name), schema.get(exclusive)
        bounds = [] if limit is None else [(limit, exclusive_limit is True)]
        bounds += (
            []
            if exclusive_limit is None or isinstance(exclusive_limit, bool)
            else [(exclusive_limit, True)]
        )
        assertions |= {name: bounds} if bounds else {}
    if "contains" not in schema:
        assertions = {
            name: bounds for name, bounds in assertions.items() if not name.endswith("Contains")
        }
    elif "minContains" not in assertions:
        assertions["minContains"] = [1]
    return {
        name: bounds for name, bounds in assertions.items() if bounds != [ASSERTIONS[name].idle]
    }


def read_unknown(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the keywords that stand in no table; extensions (`x-…`) are nobody's promise."""
    keywords = ANNOTATIONS | STRUCTURES | _READ_WITH_OTHERS | ASSERTIONS.keys()
    return {
        str(name): value
        for name, value in schema.items()
        if name not in keywords and not str(name).startswith("x-")
    }


def fits(keyword: str, wide: list[Any], strict: list[Any]) -> bool | None:
    """Return whether what some values of a keyword allow together, some others allow as well.

    Nothing is given where nobody can tell.

    >>> fits("maxLength", [5], [10]), fits("maxLength", [], [10]), fits("pattern", ["^a"], ["^b"])
    (True, False, None)
    """
    row = ASSERTIONS[keyword]
    if not all(map(row.is_valid, wide + strict)):
        return True if wide == strict else None
    sure: bool | None = True
    for limit in strict:
        fitting = [
            canonical(limit_given) == canonical(limit) or row.implies(limit_given, limit)
            for limit_given in wide
        ]
        if True not in fitting:
            sure = None if None in fitting and sure is not False else False
    return sure


def concerns(keyword: str, values: list[Any], types: frozenset[str]) -> bool:
    """Return whether a keyword limits values of some types; a number's format limits no text."""
    if keyword == "format":
        numeric = all(value in _NUMERIC_FORMATS for value in values)
        return bool(types & (NUMBERS if numeric else _STRING))
    return bool(types & ASSERTIONS[keyword].types)


def canonical(value: Any) -> str:
    """Return a JSON value as text, the same for equal values: 1 and 1.0, but not 1 and true."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, list):
        return f"[{','.join(map(canonical, value))}]"
    if isinstance(value, dict):
        inner = sorted((str(key), canonical(inner_value)) for key, inner_value in value.items())
        return (
            "{" + ",".join(f"{json.dumps(key)}:{inner_value}" for key, inner_value in inner) + "}"
        )
    return json.dumps(value, default=str)


def _values(schema: dict[str, Any]) -> list[Any] | None:
    """Return the only values that are allowed, of a constant or an enumeration."""
    listed = schema.get("enum")
    if "const" in schema:
        listed = [schema["const"]]
    if isinstance(listed, list) and is_nullable(schema) and None not in listed:
        return [*listed, None]
    return listed


def _types_of_values(schema: dict[str, Any]) -> frozenset[str]:
    listed = _values(schema)
    return frozenset(map(type_of, listed)) if isinstance(listed, list) else TYPES


def type_of(value: Any) -> str:
    """Return the kind of a value that a description holds; YAML's days and times are text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "fraction"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, list | dict):
        return "array" if isinstance(value, list) else "object"
    return "string"
