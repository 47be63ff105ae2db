"""Where everybody begins: people on a page, programs with the addresses of what there is."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.server.dependencies import Moment
from lifecycle.server.published_paths import path_prefix, write_path
from lifecycle.web.error_pages import accepts_html
from lifecycle.web.page_routes import page, pages
from lifecycle.web.rendered_pages import show


@page("/")
async def show_start(
    request: Request[Any, Any, Any], moment: NamedDependency[Moment]
) -> Response[Any]:
    """Show where to begin: HTML to those who ask for it by name, else JSON."""
    site = moment.app_state.settings
    moment.unkept()
    if accepts_html(request):
        return show(request, "start.html", title=site.title, headers={"vary": "accept"})
    prefix = path_prefix(site)
    addresses = {
        "title": site.title,
        "products": write_path(prefix, "v1", "products"),
        "deprecations": write_path(prefix, "v1", "deprecations"),
        "description": write_path(prefix, "schema", "openapi.json"),
    }
    return Response(addresses, media_type="application/json", headers={"vary": "accept"})


router = pages(show_start)
