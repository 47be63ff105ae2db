"""The description of bodies, made by the library that reads and writes them, so that it is true.

Litestar's own leaves out patterns inside of optional fields, refused unknown fields and more.
"""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.response import Response

from lifecycle.server.field_descriptions import describe_fields
from lifecycle.server.header_descriptions import header_components
from lifecycle.server.operation_descriptions import (
    SUCCESSES,
    describe_parameters,
    share_refusals,
    summary_of,
    tags,
)
from lifecycle.server.operation_examples import add_examples, read_exchanges
from lifecycle.server.problem_documents import MEDIA_TYPE, ProblemOut
from lifecycle.server.webhook_descriptions import BODIES, describe_webhooks

REF = "#/components/schemas/{name}"


def described(app: Litestar, description: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return Litestar's description with every body's schema replaced, and what each part means.

    Links in it lead below the ``prefix`` of the service's paths.
    """
    operations = list(_operations(app, description))
    places = [
        place for _, handler, operation in operations for place in _bodies(handler, operation)
    ]
    kinds = [kind for _, union in places for kind in _members(union)] + list(BODIES.values())
    schemas, components = msgspec.json.schema_components(kinds, ref_template=REF)
    by_kind = dict(zip(map(str, kinds), schemas, strict=True))
    for content, union in places:
        members = [by_kind[str(kind)] for kind in _members(union)]
        content["schema"] = members[0] if len(members) == 1 else {"anyOf": members}
    for component in components.values():
        component["description"] = cleandoc(component.get("description", ""))
    describe_fields(components)
    replaced = description["components"]["schemas"]
    description["components"]["schemas"] = dict(sorted(components.items()))
    for path, handler, operation in operations:
        operation["summary"] = summary_of(handler)
        for status in operation["responses"].keys() & SUCCESSES.keys():
            operation["responses"][status]["description"] = SUCCESSES[status]
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _inlined(_without_null(parameter["schema"]), replaced)
        describe_parameters(path, operation.get("parameters", []))
    exchanges = read_exchanges()
    add_examples(description["paths"], exchanges)
    messages = {kind: by_kind[str(body)] for kind, body in BODIES.items()}
    description["webhooks"] = describe_webhooks(messages, exchanges, prefix)
    refusals = share_refusals([operation for *_, operation in operations], prefix)
    description["components"]["responses"] = refusals
    description["components"]["headers"] = header_components()
    description["tags"] = tags(prefix)
    return description


def _operations(
    app: Litestar, description: dict[str, Any]
) -> Iterator[tuple[str, HTTPRouteHandler, dict[str, Any]]]:
    """Yield every operation with its path and its handler."""
    for route in app.routes:
        item = description["paths"].get(route.path_format)
        for handler in getattr(route, "route_handlers", ()) if item else ():
            for method in handler.http_methods:
                operation = item.get(str(method).lower())
                if operation and handler.resolve_include_in_schema():
                    yield route.path_format, handler, operation


def _bodies(
    handler: HTTPRouteHandler, operation: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], Any]]:
    signature = handler.parsed_fn_signature
    if "data" in signature.parameters:
        content = operation["requestBody"]["content"]["application/json"]
        yield content, signature.parameters["data"].annotation
    elif handler.opt.get("body"):
        yield operation["requestBody"]["content"]["application/json"], handler.opt["body"]
    for status, response in operation["responses"].items():
        if status >= "4" and int(status) in handler.opt.get("answers", {}):
            response["content"].setdefault(MEDIA_TYPE, {})  # what is refused before the handler
        for media_type, content in (response.get("content") or {}).items():
            if media_type == MEDIA_TYPE:
                yield content, ProblemOut
            elif int(status) in handler.opt.get("answers", {}):
                yield content, handler.opt["answers"][int(status)]
            elif status.startswith("2") and "json" in media_type:
                yield content, _answered(signature.return_type.annotation)


def _answered(annotation: Any) -> Any:
    if get_origin(annotation) is Response:
        return get_args(annotation)[0]
    return annotation


def _members(union: Any) -> tuple[Any, ...]:
    """Return a union's types one by one: msgspec cannot tell two structs apart."""
    if get_origin(union) in (Union, UnionType) and NoneType not in get_args(union):
        return get_args(union)
    return (union,)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Say that a parameter may be left out by its not being required; in a URL there is no null."""
    alternatives = schema.pop("oneOf", None)
    if not alternatives:
        return schema
    left_over = [alternative for alternative in alternatives if alternative.get("type") != "null"]
    return {**schema, **left_over[0]} if len(left_over) == 1 else {**schema, "oneOf": left_over}


def _inlined(schema: Any, components: dict[str, Any]) -> Any:
    """Put the components that a parameter refers to in the places of the references to them."""
    if isinstance(schema, list):
        return [_inlined(part, components) for part in schema]
    if not isinstance(schema, dict):
        return schema
    own = {name: _inlined(part, components) for name, part in schema.items() if name != "$ref"}
    name = schema.get("$ref", "").removeprefix(REF.format(name=""))
    return {**components[name], **own} if name else own
