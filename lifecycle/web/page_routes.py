"""How pages become routes: read by anybody who may read at all, refused by pages of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import MediaType, Router

from lifecycle.server.routing import get
from lifecycle.web import error_pages

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler


def page(path: str) -> HTTPRouteHandler:
    """Declare a page; its handler may ask for the ``moment`` and a ``session`` to read with."""
    return get(path, scope="public", include_in_schema=False, media_type=MediaType.HTML)


def document(path: str, media_type: str) -> HTTPRouteHandler:
    """Declare what pages lead to and other programs read: a picture, a feed, a calendar.

    Its refusal is a page for those alone who ask for one.
    """
    return get(
        path,
        scope="public",
        include_in_schema=False,
        media_type=media_type,
        exception_handlers={Exception: error_pages.handle},
    )


def pages(*handlers: Any) -> Router:
    """Bring pages together; what they refuse is a page as well."""
    return Router("/", route_handlers=handlers, exception_handlers={Exception: error_pages.refuse})
