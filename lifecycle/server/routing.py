"""How handlers become routes: each says which scope it needs; refusals are described with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.response import Response

from lifecycle.errors import BadRequest, Problem
from lifecycle.idempotency.keyed_requests import Answer
from lifecycle.server import dependencies
from lifecycle.server.cached_responses import entity_tag
from lifecycle.server.problem_documents import MEDIA_TYPE, ProblemOut

Named = TypeVar("Named", bound=msgspec.Struct)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from litestar import Litestar, Request

BEARER: list[dict[str, list[str]]] = [{"bearer": []}]
NOBODY_OR_BEARER: list[dict[str, list[str]]] = [{}, {"bearer": []}]
REFUSALS = {
    400: "The request is not valid.",
    401: "No valid token came with this request.",
    403: "The token's scope does not allow this.",
    404: "It does not exist.",
    409: "The current state forbids this change.",
    412: "The resource has changed since it was read.",
    413: "The body is too large.",
    422: "What was sent contradicts what was sent before.",
    428: "If-Match with the ETag that was read is required.",
    429: "Too many requests; Retry-After says when to ask again.",
    503: "The store cannot be reached; nothing was changed.",
}


class ChangeHandler(HTTPRouteHandler):
    """A handler that changes something: its answer carries an ETag, and is kept for repeats.

    Both happen inside the change's transaction, which is committed before anything is sent.
    """

    async def to_response(self, app: Litestar, data: Any, request: Request[Any, Any, Any]) -> Any:
        """Render the answer; what it shows with a revision can be sent back as If-Match."""
        answer: Any = await super().to_response(app, data, request)
        shown = data.content if isinstance(data, Response) else data
        change: dependencies.Change | None = request.scope.get(dependencies.CHANGE)  # type: ignore[assignment]
        revision = getattr(shown, "revision", change.shown if change else None)
        if revision is not None:
            answer.headers["etag"] = entity_tag(answer.body, str(revision))
        if change is not None:
            await change.remember(_kept(answer))
        return answer


def _kept(answer: Any) -> Answer:
    body = msgspec.json.decode(answer.body) if answer.body else None
    headers = {
        name: answer.headers[name] for name in ("etag", "location") if name in answer.headers
    }
    return Answer(answer.status_code, body, headers)


def get(path: str, *, scope: str, refuses: Iterable[int] = (), **options: Any) -> HTTPRouteHandler:
    """Declare a route that changes nothing; ``refuses`` are refusals beside the usual ones.

    ``signed_in`` says when it reads the cookie of a session; the API never does. With
    ``any_query``, the query may hold what the handler does not know.
    """
    return HTTPRouteHandler(
        path,
        http_method="GET",
        opt=_opt(path, scope, options)
        | {
            "signed_in": options.pop("signed_in", None),
            "any_query": options.pop("any_query", False),
        },
        dependencies={"session": Provide(dependencies.provide_reads)} | _moment(),
        responses=_refusals(path, scope, refuses),
        security=_security(scope),
        **options,
    )


def get_format(path: str, media_type: str) -> HTTPRouteHandler:
    """Declare a public route of a format that is described elsewhere, and so not by us."""
    return get(path, scope="public", include_in_schema=False, media_type=media_type)


def ask(path: str, *, scope: str, **options: Any) -> HTTPRouteHandler:
    """Declare a question too large for a query: a POST that changes nothing.

    ``body`` is the type of a body that the handler reads itself, for the description; ``answers``
    are by status the type and the meaning of answers that are neither usual nor problem documents.
    """
    refusals = _refusals(path, scope, (409, 413, *options.pop("refuses", ())))
    answers: dict[int, tuple[Any, str]] = options.pop("answers", {})
    own_answers = {
        status: ResponseSpec(kind, generate_examples=False, description=meaning)
        for status, (kind, meaning) in answers.items()
    }
    return HTTPRouteHandler(
        path,
        http_method="POST",
        opt=_opt(path, scope, options)
        | {
            "body": options.pop("body", None),
            "answers": {status: kind for status, (kind, _) in answers.items()},
        },
        status_code=200,
        dependencies={"session": Provide(dependencies.provide_reads)}
        | _moment()
        | options.pop("dependencies", {}),
        responses={**refusals, **own_answers},
        security=_security(scope),
        **options,
    )


def take(path: str, *, scope: str, **options: Any) -> HTTPRouteHandler:
    """Declare a POST that takes in a file, in transactions of its own; it keeps its key itself."""
    return ask(path, scope=scope, refuses=(422, *options.pop("refuses", ())), **options)


def post(path: str, *, scope: str, **options: Any) -> HTTPRouteHandler:
    """Declare a route that adds something; an Idempotency-Key makes repeating it harmless."""
    provide = options.pop("provide", dependencies.provide_keyed_change)
    return _change("POST", path, scope, provide, (409, 413, 422), options)


def put(path: str, *, scope: str, **options: Any) -> HTTPRouteHandler:
    """Declare a route that adds or replaces something; If-Match guards what was read."""
    options = {"status_code": 200, **options}
    return _change("PUT", path, scope, dependencies.provide_change, (409, 412, 413), options)


def patch(path: str, *, scope: str, **options: Any) -> HTTPRouteHandler:
    """Declare a route that changes parts of something; If-Match guards what was read."""
    return _change("PATCH", path, scope, dependencies.provide_change, (409, 412, 413), options)


def delete(path: str, *, scope: str, **options: Any) -> HTTPRouteHandler:
    """Declare a route that removes something."""
    return _change("DELETE", path, scope, dependencies.provide_change, (409, 412), options)


def post_guarded(path: str, *, scope: str, **options: Any) -> HTTPRouteHandler:
    """Declare an act upon what was read: If-Match is needed, an Idempotency-Key may come."""
    options = {"status_code": 200, **options}
    provide = dependencies.provide_guarded_keyed_change
    return _change("POST", path, scope, provide, (409, 412, 413, 422, 428), options)


def patch_guarded(path: str, *, scope: str, **options: Any) -> HTTPRouteHandler:
    """Declare a route that changes parts of something that was read: If-Match is needed."""
    provide = dependencies.provide_guarded_change
    return _change("PATCH", path, scope, provide, (409, 412, 413, 428), options)


def delete_guarded(path: str, *, scope: str, **options: Any) -> HTTPRouteHandler:
    """Declare a route that removes something that was read: If-Match is needed."""
    provide = dependencies.provide_guarded_change
    return _change("DELETE", path, scope, provide, (409, 412, 428), options)


def _change(
    method: str,
    path: str,
    scope: str,
    provide: Any,
    refusals: Iterable[int],
    options: dict[str, Any],
) -> HTTPRouteHandler:
    created = options.pop("creates", None)
    refusals = [*refusals, *options.pop("refuses", ())]
    responses: dict[int, ResponseSpec] = dict(_refusals(path, scope, refusals))
    if created is not None:
        responses[201] = ResponseSpec(
            created, generate_examples=False, description="It was created."
        )
    return ChangeHandler(
        path,
        http_method=method,  # type: ignore[arg-type]
        opt=_opt(path, scope, options),
        dependencies={"change": Provide(provide)} | options.pop("dependencies", {}),
        responses=responses,
        security=_security(scope),
        **options,
    )


def named(facts: msgspec.Struct, kind: type[Named], *, slug: str) -> Named:
    """Return the body's facts under the name in the path; refuse another name in the body."""
    values = msgspec.structs.asdict(facts)
    if values["slug"] not in (None, slug):
        problem = Problem("slug", "differs from the path", value=values["slug"], allowed=slug)
        raise BadRequest(
            f"The path names {slug[:100]!r}, but the body {values['slug']!r}.", problems=[problem]
        )
    return kind(**(values | {"slug": slug}))


def _opt(path: str, scope: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return what the guard goes by; ``by_product`` lets in scopes limited to some products.

    A handler so marked keeps to the ``products`` of its moment or change. One that has a product in
    its path is held to it by the guard.
    """
    return {"scope": scope, "by_product": options.pop("by_product", "{product:" in path)}


def _moment() -> dict[str, Provide]:
    return {"moment": Provide(dependencies.provide_moment)}


def _security(scope: str) -> list[dict[str, list[str]]]:
    return NOBODY_OR_BEARER if scope in {"public", "operator"} else BEARER


def _refusals(path: str, scope: str, more: Iterable[int]) -> Mapping[int, ResponseSpec]:
    statuses = {400, 401, 403, 503, *more} | (
        {404} if "{" in path or scope == "operator" else set()
    )
    statuses |= {429} if scope == "public" else set()
    return {
        status: ResponseSpec(
            ProblemOut,
            generate_examples=False,
            description=REFUSALS[status],
            media_type=MEDIA_TYPE,
        )
        for status in sorted(statuses)
    }


@dataclass
class PolicyBody(Operation):
    """Describe a body that is read as it comes: a policy document in JSON or YAML."""

    def __post_init__(self) -> None:
        """Say so in the description."""
        document = OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT))
        self.request_body = RequestBody(
            content={"application/json": document, "application/yaml": document}, required=True
        )


@dataclass
class FileBody(Operation):
    """Describe a body that is read as it comes: a file, whatever it is said to be."""

    def __post_init__(self) -> None:
        """Say so in the description."""
        kinds = ("text/csv", "application/json", "application/yaml", "application/octet-stream")
        content = {kind: OpenAPIMediaType(schema=Schema()) for kind in kinds}
        self.request_body = RequestBody(content=content, required=True)


@dataclass
class ManifestBody(Operation):
    """Describe a body that is read as it comes: a manifest in JSON, YAML or TOML."""

    def __post_init__(self) -> None:
        """Say so in the description."""
        kinds = ("application/json", "application/yaml", "application/toml")
        document = OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT))
        content = dict.fromkeys(kinds, document)
        self.request_body = RequestBody(content=content, required=True)


@dataclass
class ReadJson(Operation):
    """Describe a JSON body that the handler reads itself, to answer for its mistakes."""

    def __post_init__(self) -> None:
        """Say so in the description."""
        document = OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT))
        self.request_body = RequestBody(content={"application/json": document}, required=True)
