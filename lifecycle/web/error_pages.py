"""Refusals for people: what was wrong, and what to do about it, on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar.response import Response

from lifecycle.server import problem_documents
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from litestar import Request

PROGRAMS = ("/v1/", "/schema", "/health/", "/metrics", "/static/")
"""Paths that answer programs, whatever they say that they accept."""

NEXT_STEPS = {
    401: "Whoever runs this service can give you access.",
    404: "Look for it among the products, or check the address.",
    429: "Wait a moment, then reload this page.",
    500: "Try again later. If it happens again, tell whoever runs this service.",
    503: "Try again in a moment; nothing was lost.",
}


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
    accepted = request.headers.get("accept", "")
    best = request.accept.best_match(["application/json", "text/html"])
    return "text/html" in accepted and best == "text/html"


def refuse(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Refuse with a page."""
    response = problem_documents.handle(request, error)
    problem, status = response.content, response.status_code or 500
    return show(
        request,
        "problem.html",
        status=status,
        headers=dict(response.headers),
        title=problem["title"].rstrip("."),
        detail=problem["detail"],
        problems=problem.get("errors", ()),
        next_step=NEXT_STEPS.get(status),
        status_code=status,
    )
