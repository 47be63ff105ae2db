"""Refusals for people: what was wrong, and what to do about it, on a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from litestar.response import Response

from lifecycle.server import problem_documents
from lifecycle.server.authorization import TYPED, SignInNeeded
from lifecycle.server.escaped_paths import segments_of
from lifecycle.server.published_paths import write_path
from lifecycle.web.form_reception import read_typed
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from litestar import Request

    from lifecycle.server.app_state import AppState

PROGRAMS = ("/v1/", "/schema/assets/", "/health/", "/metrics", "/static/")
"""Paths that answer programs, whatever they say that they accept."""

NEXT_STEPS = {
    404: "Check the address, or start from the products.",
    429: "Wait a moment, then reload this page.",
    500: "Try again later. If it happens again, tell whoever runs this service.",
    503: "Try again in a moment; nothing was lost.",
}

_JSON = ("application/json", "application/*", "*/*")
"""What JSON is accepted by; the first that is there counts."""
_WEIGHT = re.compile(r"[01](\.[0-9]{0,3})?")

FOR_PEOPLE = {
    "QuotaUsed": (
        "Too much was asked for",
        "Your network address has asked for more than it may in a few minutes.",
    ),
    "NoSuchRoute": ("There is nothing here", "No page has this address."),
    "TokenNeeded": (
        "You need access to read this",
        "These pages are not public. Programs send a token in the Authorization header.",
    ),
}
"""Titles and details of problems that tell programs something else, by their ``error``."""


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Refuse with a page where a person asks, and with a problem document where a program does."""
    if wants_page(request):
        return refuse(request, error)
    return problem_documents.handle(request, error)


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Return whether HTML is asked for by name, as browsers do, at a path that has pages."""
    return not request.scope["path"].startswith(PROGRAMS) and accepts_html(request)


def accepts_html(request: Request[Any, Any, Any]) -> bool:
    """Return whether HTML is asked for by name, and nothing that programs read before it."""
    return prefers_html(request.headers.get("accept", ""))


def prefers_html(accept: str) -> bool:
    """Return whether an Accept header names HTML, and wants JSON no more than that.

    >>> prefers_html("text/html, */*;q=0.8"), prefers_html("*/*"), prefers_html("text/html;q=0")
    (True, False, False)
    >>> prefers_html("text/html, application/json"), prefers_html("application/json, text/html")
    (True, False)
    """
    weights: dict[str, float] = {}
    for item in accept.lower().split(","):
        kind, _, parameters = item.partition(";")
        weights.setdefault(kind.strip(), _weight(parameters))
    html = weights.get("text/html", 0.0)
    json = next((kind for kind in _JSON if kind in weights), None)
    if not html or json is None or html != weights[json]:
        return html > weights.get(json or "", 0.0)
    kinds = list(weights)
    return "*" in json or kinds.index("text/html") < kinds.index(json)


def _weight(parameters: str) -> float:
    """Return what the parameters of a kind say of how much it is wanted; all, unless they do."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value) if _WEIGHT.fullmatch(value.strip()) else 0.0
    return 1.0


def refuse(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Refuse with a page."""
    if isinstance(problem_documents.cause_of(error), SignInNeeded) and request.method == "GET":
        return to_sign_in(request)
    response = problem_documents.handle(request, error)
    problem, status = response.content, response.status_code or 500
    own = problem["title"].rstrip("."), problem["detail"]
    title, detail = FOR_PEOPLE.get(problem["error"], own)
    return show(
        request,
        "problem.html",
        status=status,
        headers=dict(response.headers),
        title=title,
        detail=detail,
        problems=problem.get("errors", ()),
        next_step=NEXT_STEPS.get(status),
        status_code=status,
        typed=typed_in(request),
        asked=_asked(request),
    )


def to_sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """Lead to where one signs in, and from there back to the page that was asked for."""
    app_state: AppState = request.app.state.app_state
    address = app_state.path("sign-in", next=_asked(request))
    headers = {"location": address, "cache-control": "no-store"}
    return Response(None, status_code=303, headers=headers, media_type="text/html")


def typed_in(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Return what a refused form held, for its page to show it: nobody should type it again."""
    body: Any = request.scope.get(TYPED)
    return read_typed(body, request.headers.get("content-type", "")) if body else {}


def _asked(request: Request[Any, Any, Any]) -> str:
    """Return the path and the query that were asked for, below our own prefix."""
    path = write_path("", *segments_of(request.scope))
    query = request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path
