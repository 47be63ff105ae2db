"""The settings in force, and where each comes from; they are changed where the service is run."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.server.dependencies import Moment
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show


@private_page("/console/settings", scope="admin")
async def show_settings(
    request: Request[Any, Any, Any], moment: NamedDependency[Moment]
) -> Response[str]:
    """Show every setting with its value, of a secret only whether it is set, and its source."""
    return show(
        request,
        "console/settings.html",
        title="Settings",
        rows=moment.app_state.settings.describe(),
    )


router = pages(show_settings)
