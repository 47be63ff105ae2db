"""The settings in force, and where each comes from; they are changed where the service is run."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response, Stream

from lifecycle.interchange.spreadsheets import MEDIA_TYPE as TABLE
from lifecycle.server.dependencies import Moment
from lifecycle.web.page_routes import pages, private_document, private_page
from lifecycle.web.rendered_pages import show
from lifecycle.web.table_files import send_rows

COLUMNS: Final = ("setting", "value", "from")


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


@private_document("/console/settings.csv", TABLE, scope="admin")
async def show_settings_table(moment: NamedDependency[Moment]) -> Stream:
    """Send every setting as a table, as the page shows it."""
    return send_rows("settings.csv", COLUMNS, moment.app_state.settings.describe())


router = pages(show_settings, show_settings_table)
