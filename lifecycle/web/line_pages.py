"""Why a line is supported, tier by tier, with the policies and the releases that decide it."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.answers.line_explanations import explain_line
from lifecycle.server.dependencies import Moment
from lifecycle.server.processor_time import run_in_thread
from lifecycle.server.request_parameters import At, Name, Slug
from lifecycle.web.page_routes import page, pages
from lifecycle.web.rendered_pages import show

MOST_RELEASES = 200


@page("/products/{product:str}/lines/{line:str}")
async def show_line(
    request: Request[Any, Any, Any],
    product: Slug,
    line: Name,
    moment: NamedDependency[Moment],
    at: At = None,
) -> Response[str]:
    """Show what every tier gets for a line on a day, and why."""
    snapshot = await moment.snapshot(product)
    today = snapshot.today(moment.now)
    explanation = await run_in_thread(explain_line, snapshot, line, at=at or today, today=today)
    return show(
        request,
        "line.html",
        title=f"{snapshot.known.name} {explanation.line}",
        product=snapshot.known,
        today=today,
        at=at or today,
        zone=snapshot.zone(moment.now).key,
        explanation=explanation,
        most_releases=MOST_RELEASES,
    )


router = pages(show_line)
