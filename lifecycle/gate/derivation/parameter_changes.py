"""What differs between the parameters of an operation before and after a release."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from lifecycle.documents.storable_text import shown
from lifecycle.gate.derivation.conditions import is_same
from lifecycle.gate.derivation.differences import (
    Difference,
    Direction,
    Weight,
    removal_of,
    sunset_changes,
)
from lifecycle.gate.derivation.response_shapes import Shape, flatten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.gate.derivation.schemas import Comparison
    from lifecycle.gate.derivation.specifications import Operation, Part

_IGNORED: Final = {"accept", "content-type", "authorization"}
"""Headers that OpenAPI does not let a parameter describe."""
_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")
_NO_SCHEMA: Final = {
    "allowEmptyValue", "collectionFormat", "deprecated", "description", "in", "name", "required",
}  # fmt: skip
"""What stands beside the schema in a parameter of Swagger 2."""

Key = tuple[str, str]


def compare_parameters(
    old: Operation, new: Operation, schemas: Comparison, direction: Direction
) -> Iterator[Difference]:
    """Compare the parameters by place and name; those of a path by their position."""
    before, after = _parameters(old), _parameters(new)
    for key, part in after.items():
        is_new = key not in before and _is_required(part)
        if is_new and direction is Direction.SENT:
            yield Difference(Weight.BREAK, f"{_named(part)} is required now")
    for key, part in before.items():
        if key not in after and key[0] == "path":
            continue  # The path is the same, so its variable is there, described or not.
        name = _named(part)
        differences = (
            _compare(part, after[key], schemas, direction)
            if key in after
            else [_removal(part, schemas)]
        )
        for difference in differences:
            within = f"in {name}" if difference.place else name
            yield Difference(difference.weight, f"{within} {difference}")


def schema_of(part: Part) -> Part:
    """Return the schema of a parameter or header; Swagger 2 has it in the parameter itself."""
    if part.at("schema").value is not None:
        return part.at("schema")
    contents = [content for _, content in part.at("content").items()]
    if contents:
        return contents[0].at("schema")
    stated = part.value if isinstance(part.value, dict) else {}
    return part.of({key: value for key, value in stated.items() if key not in _NO_SCHEMA})


def _compare(
    old: Part, new: Part, schemas: Comparison, direction: Direction
) -> Iterator[Difference]:
    if direction is Direction.SENT and _is_required(new) and not _is_required(old):
        yield Difference(Weight.BREAK, "is required now")
    deprecated = new.at("deprecated").value is True
    yield from sunset_changes(_sunset(old), _sunset(new), deprecated=deprecated)
    if _manner(old) != _manner(new):
        yield Difference(Weight.BREAK, "is written in another style")
    if old.at("allowReserved").value is True and new.at("allowReserved").value is not True:
        yield Difference(Weight.BREAK, "may no longer have reserved characters unescaped")
    if not is_same(_media(old), _media(new)):
        yield Difference(Weight.UNCOMPARED, "is in another media type, which is not compared")
    textual = old.at("content").value is None
    yield from schemas.compare(schema_of(old), schema_of(new), direction, textual=textual)


def _removal(part: Part, schemas: Comparison) -> Difference:
    return removal_of(
        _sunset(part),
        deprecated=part.at("deprecated").value is True,
        day=schemas.day,
        otherwise=Weight.NOTE,
    )


def _parameters(operation: Operation) -> dict[Key, Part]:
    parameters: dict[Key, Part] = {}
    variables = _VARIABLE.findall(operation.path)
    for part in (operation.shared, operation.part):
        for parameter in part.at("parameters").each():
            if isinstance(parameter.value, dict) and parameter.value.get("in") != "body":
                place, name = str(parameter.value.get("in")), str(parameter.value.get("name"))
                if place == "header":
                    name = name.lower()
                if place == "path" and name in variables:
                    name = str(variables.index(name))
                if (place, name) not in {("header", ignored) for ignored in _IGNORED}:
                    parameters[place, name] = parameter
    return parameters


def _named(part: Part) -> str:
    return f"the {shown(str(part.value.get('in')))} parameter {shown(str(part.value.get('name')))}"


def _is_required(part: Part) -> bool:
    return part.at("required").value is True


def _sunset(part: Part) -> Any:
    return part.at("x-sunset").value


def _media(part: Part) -> Part:
    """Return the names of the media types that a parameter is in, if it has any."""
    return part.of(sorted(str(name) for name, _ in part.at("content").items()))


def _manner(part: Part) -> tuple[object, ...]:
    """Return how a parameter is written: what counts is the style in effect, stated or not."""
    if part.at("content").value is not None:
        return ()
    usual = "form" if part.value.get("in") in {"query", "cookie"} else "simple"
    style = part.value.get("style", usual)
    types = Shape(flatten([schema_of(part)])).types()
    apart = types is None or bool(types & {"array", "object"})
    exploded = part.value.get("explode", style == "form") is True and apart
    return style, exploded, part.value.get("collectionFormat", "csv") if apart else ""
