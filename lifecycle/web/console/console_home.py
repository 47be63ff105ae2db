"""The vendor's first page: what needs a person."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.response import Response

from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show


@private_page("/console", scope="release", by_product=True)
async def show_console(request: Request[Any, Any, Any]) -> Response[str]:
    """Show where the vendor's people begin."""
    return show(request, "console/home.html", title="Home")


router = pages(show_console)
