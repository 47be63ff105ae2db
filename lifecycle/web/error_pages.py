"""Refusals for people: what was wrong, and what to do about it, on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar.response import Response

from lifecycle.server import problem_documents
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from litestar import Request

PROGRAMS = ("/v1/", "/schema/", "/health/", "/metrics", "/static/")
"""Paths that answer programs, whatever they say that they accept."""

NEXT_STEPS = {
    404: "Look for it among the products, or check the address.",
    429: "Wait a moment, then reload this page.",
    500: "Try again later. If it happens again, tell whoever runs this service.",
    503: "Try again in a moment; nothing was lost.",
}

FOR_PEOPLE = {
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
    accepted = request.headers.get("accept", "")
    best = request.accept.best_match(["application/json", "text/html"])
    return "text/html" in accepted and best == "text/html"


def refuse(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Refuse with a page."""
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
    )
