"""What comes in: bodies read strictly, paths and query parameters checked before any handler."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import parse_qsl, unquote_to_bytes

from litestar import Request
from litestar.enums import ParamType
from litestar.exceptions import InternalServerException
from litestar.params import ParameterKwarg

from lifecycle import documents
from lifecycle.documents.request_bodies import read_body
from lifecycle.errors import BadRequest, Problem
from lifecycle.server.host_names import bad_host

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from litestar.handlers import BaseRouteHandler

    from lifecycle.server.app_state import AppState

IN_A_THREAD = 64 * 1024


class ClientGone(BadRequest):
    """The client left before its request was complete; nothing was changed."""


class StrictRequest(Request[Any, Any, Any]):
    """A request whose JSON body means one thing only, and is of its handler's type.

    Litestar itself converts leniently: the text ``"true"`` would pass for a boolean.
    """

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Yield the body as it comes; a client that leaves before its end is not an error."""
        try:
            async for part in super().stream():
                yield part
        except InternalServerException as error:
            raise ClientGone from error

    async def json(self) -> Any:
        """Return the body as its handler's type; parse large ones off the event loop."""
        body = await self.body()
        kind = self.route_handler.parsed_fn_signature.parameters["data"].annotation
        if len(body) < IN_A_THREAD:
            return read_body(body, kind)
        app_state: AppState = self.app.state.app_state
        run = app_state.runner(cast("dict[str, Any]", self.scope))
        return await run(partial(read_body, body, kind))


async def check(request: Request[Any, Any, Any]) -> None:
    """Refuse what no handler should see: control characters, unknown or repeated parameters."""
    if (refusal := bad_host(request.headers.get("host", ""))) is not None:
        raise refusal
    path, query = request.scope["path_params"], request.scope["query_string"]
    for part, escaped in (("path", request.scope["raw_path"]), ("query", query)):
        if b"%" in escaped:
            _check_escapes(part, escaped)
    for name, value in path.items():
        documents.check_text(value, field=name)
    _check_query(query, request.route_handler)


def _check_escapes(part: str, escaped: bytes) -> None:
    """Refuse bytes that are no text; they would all be read as the same replacement character."""
    try:
        unquote_to_bytes(escaped).decode()
    except UnicodeDecodeError as error:
        raise BadRequest(
            f"The {part} holds %{error.object[error.start]:02X}, which is not part of UTF-8 text; "
            "percent-encode its UTF-8 bytes.",
            problems=[Problem(part, "is not UTF-8 text")],
        ) from None


def _check_query(query: bytes, handler: BaseRouteHandler) -> None:
    known_names, names = _known(handler), set[str]()
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        documents.check_text(name, field="query parameter")
        if name not in known_names and handler.opt.get("any_query"):
            continue
        if name not in known_names:
            allowed = ", ".join(sorted(known_names)) or "none"
            problem = Problem(name[:100], "is not a parameter of this request", allowed=allowed)
            raise BadRequest(
                f"Unknown query parameter {name[:100]!r}; allowed: {allowed}.",
                problems=[problem],
            )
        if name in names and not known_names[name].repeatable:
            problem = Problem(name, "is given twice", value=value[:100])
            raise BadRequest(
                f"The query parameter {name!r} is given twice; give it once.", problems=[problem]
            )
        if not handler.opt.get("checks_text"):
            documents.check_text(value, field=name)
        names.add(name)
    for name, occurrence in known_names.items():
        if occurrence.required and name not in names:
            raise BadRequest(
                f"The query parameter {name!r} is required.",
                problems=[Problem(name, "is required")],
            )


class _Occurrence(NamedTuple):
    """How often a query parameter may be given: a list is given one by one."""

    required: bool
    repeatable: bool


def _known(handler: BaseRouteHandler) -> dict[str, _Occurrence]:
    """Return the query parameters of a handler and its dependencies by their names."""
    names: dict[str, _Occurrence] | None = handler.opt.get("query")
    if names is None:
        names = dict(_query_names(handler))
        handler.opt["query"] = names
    return names


def _query_names(handler: BaseRouteHandler) -> Iterable[tuple[str, _Occurrence]]:
    dependencies = handler.resolve_dependencies()
    signatures = [handler.parsed_fn_signature]
    while signatures:
        for name, field in signatures.pop().parameters.items():
            definition = field.kwarg_definition
            if name in dependencies:
                signatures.append(dependencies[name].parsed_fn_signature)
            elif isinstance(definition, ParameterKwarg) and (
                definition.param_type == ParamType.QUERY
            ):
                occurrence = _Occurrence(field.is_required, field.is_non_string_sequence)
                yield definition.name or name, occurrence
