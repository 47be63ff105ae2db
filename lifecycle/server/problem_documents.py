"""Every refusal as one RFC 9457 problem document."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.response import Response

from lifecycle.documents.mismatches import find_text_mismatch
from lifecycle.errors import LifecycleError, Problem, TooManyRequests, Unauthorized, Unavailable
from lifecycle.manual.problem_kinds import problem_type
from lifecycle.server.allowed_methods import methods_in
from lifecycle.server.escaped_paths import logged_path
from lifecycle.server.host_names import bad_host
from notifications.errors import (
    NotificationError,
    TooManyMessagesError,
    UnusableAddressError,
    UnusableTopicError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litestar import Request
    from litestar.handlers import BaseRouteHandler

    from lifecycle.server.app_state import AppState

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = "1"
LONGEST_SHOWN = 200
DESCRIPTION = ("schema", "openapi.json")
HEADERS = {"if_match": "If-Match", "idempotency_key": "Idempotency-Key"}
FIELDS = {UnusableAddressError: "address", UnusableTopicError: "topics"}

log = structlog.get_logger(__name__)


class ErrorOut(msgspec.Struct, omit_defaults=True):
    """One thing wrong: where, what stood there, what may stand there."""

    field: str
    message: str
    value: Any = None
    allowed: str | None = None


class ProblemOut(msgspec.Struct, omit_defaults=True):
    """Why a request was refused, and the way out; ``error`` names the kind for programs."""

    type: str
    title: str
    status: int
    detail: str
    error: str
    errors: list[ErrorOut] = []


class Replayed(Exception):  # noqa: N818 -- no error, an answer given before
    """The request was already answered under the same Idempotency-Key."""

    def __init__(self, status: int, body: Any, headers: dict[str, str]) -> None:
        super().__init__()
        self.response = Response(body, status_code=status, headers=headers)


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Render whatever a request ended in; what is no refusal is a defect, and logged as one.

    The ``type`` leads to a page of ours, below the path at which the service is published.
    """
    response = _rendered(request, error)
    if response.media_type == MEDIA_TYPE:
        app_state: AppState = request.app.state.app_state
        response.content["type"] = app_state.prefix + response.content["type"]
    return response


def _rendered(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    cause = cause_of(error)
    if isinstance(cause, Replayed):
        return cause.response
    if isinstance(cause, LifecycleError):
        return _refused(cause)
    if isinstance(cause, NotificationError):
        return _refused_by_notifications(cause)
    if isinstance(cause, HTTPException) and cause.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _refused_by_litestar(request, cause)
    log.error("defect", method=request.method, path=logged_path(request.scope), exc_info=cause)
    return _response(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "InternalError",
        "The service has a defect.",
        "Something went wrong here; nothing was changed. The log tells the operator more.",
    )


def cause_of(error: BaseException) -> BaseException:
    """Unwrap a group of one: what a dependency raised while another was being closed."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _refused(error: LifecycleError) -> Response[Any]:
    headers = {}
    if isinstance(error, Unauthorized):
        headers["www-authenticate"] = "Bearer"
    if isinstance(error, Unavailable):
        headers["retry-after"] = RETRY_SECONDS
    if isinstance(error, TooManyRequests):
        headers["retry-after"] = str(error.retry_after)
    return _response(
        error.status_code,
        type(error).__name__,
        error.title,
        error.detail,
        problems=error.problems,
        members=error.members,
        headers=headers,
    )


def _refused_by_notifications(error: NotificationError) -> Response[Any]:
    field, kind, text = FIELDS.get(type(error)), type(error), str(error).rstrip(".")
    headers = {}
    if isinstance(error, TooManyMessagesError):
        headers["retry-after"] = str(error.retry_after)
    return _response(
        error.status_code,
        kind.__name__.removesuffix("Error"),
        (kind.__doc__ or "").splitlines()[0],
        f"{text}.",
        problems=[Problem(field, text)] if field else (),
        headers=headers,
    )


def _refused_by_litestar(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    if (refusal := bad_host(request.headers.get("host", ""))) is not None:
        return _refused(refusal)
    app_state: AppState = request.app.state.app_state
    path, description = request.scope["path"][:LONGEST_SHOWN], app_state.path(*DESCRIPTION)
    if isinstance(error, MethodNotAllowedException):
        allowed = methods_in((error.headers or {}).get("allow", ""))
        detail = f"{request.method} is not allowed on {path}; use {allowed}."
        title, name = "This method is not allowed here.", "MethodNotAllowed"
        return _response(405, name, title, detail, headers={"allow": allowed})
    if isinstance(error, NotFoundException):
        detail = f"Nothing is served at {path}; {description} lists what is."
        return _response(404, "NoSuchRoute", "There is nothing here.", detail)
    problems = list(_validation_problems(request, error))
    unclear = f"The request is malformed; {description} describes what can be sent."
    detail = f"{problems[0]}." if problems else unclear
    return _response(
        error.status_code,
        "BadRequest",
        "The request is not valid.",
        detail,
        problems=problems,
    )


def _validation_problems(
    request: Request[Any, Any, Any], error: HTTPException
) -> Iterator[Problem]:
    """Yield what is wrong with each parameter by its type, not by the framework's message."""
    items = error.extra if isinstance(error, ValidationException) else None
    for item in items if isinstance(items, list) else []:
        key = str(item.get("key", ""))
        if key == "data":  # Litestar's name for a body, which it does not read where it is empty
            yield Problem("body", "is missing", allowed="a JSON document")
            continue
        header, name = HEADERS.get(key), key.removesuffix("_")  # as Python's own words have it
        value = request.headers.get(header) if header else request.query_params.get(name)
        if value is None:
            value = request.path_params.get(key)
        fault = find_text_mismatch(str(value), _parameter_type(request.route_handler, key))
        yield Problem(header or name, fault.message, value=value, allowed=fault.allowed)


def _parameter_type(handler: BaseRouteHandler, key: str) -> Any:
    """Return the type, with its limits, of a parameter of a handler or of its dependencies."""
    models = [handler.signature_model]
    models += [provider.signature_model for provider in handler.resolve_dependencies().values()]
    fields = (field for model in models for field in msgspec.structs.fields(model))
    return next((field.type for field in fields if field.name == key), Any)


def _response(
    status: int,
    name: str,
    title: str,
    detail: str,
    *,
    problems: tuple[Problem, ...] | list[Problem] = (),
    members: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response[Any]:
    content: dict[str, Any] = {
        "type": f"/problems/{problem_type(name)}",
        "title": title,
        "status": int(status),
        "detail": detail,
        "error": name,
    }
    if problems:
        content["errors"] = [_error(problem) for problem in problems]
    return Response(
        {**content, **(members or {}), **content},
        status_code=status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def _error(problem: Problem) -> ErrorOut:
    value = problem.value
    if isinstance(value, str) and len(value) > LONGEST_SHOWN:
        value = value[:LONGEST_SHOWN] + "…"
    return ErrorOut(_shown(problem.field), problem.message, _shown(value), problem.allowed)


def _shown(value: Any) -> Any:
    """Return text without the lone surrogates that no JSON may hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    return value
