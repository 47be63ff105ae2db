"""Leading from a product's other slugs to its own, wherever addresses are kept by others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from litestar.response import Redirect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from litestar import Request

    from lifecycle.server.app_state import AppState

SUFFIX: Final = ".json"
KEPT_ADDRESSES: Final = ("/products/{product", "/api/{product", "/api/v1/products/{product")
"""Pages, feeds, calendars, badges and formats: people and programs have kept their addresses."""


class MovedProduct(Exception):  # noqa: N818 -- it is answered, and not refused
    """The product answers under another name."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


def leads_on(scope: Mapping[str, Any]) -> bool:
    """Return whether a request that names a product by an alias is led to its slug.

    >>> leads_on({"method": "GET", "path_template": "/products/{product:str}/changes.atom"})
    True
    >>> leads_on({"method": "GET", "path_template": "/v1/products/{product:str}"})
    False
    """
    template = scope.get("path_template") or ""
    return scope["method"] in ("GET", "HEAD") and template.startswith(KEPT_ADDRESSES)


def redirect(request: Request[Any, Any, Any], moved: MovedProduct) -> Redirect:
    """Lead to the same question about the product's slug."""
    app_state: AppState = request.app.state.app_state
    slugs = {"product": moved.slug, "product_file": f"{moved.slug}{SUFFIX}"}
    names = {**request.scope["path_params"], **slugs}
    segments = [
        names[part.strip("{}").partition(":")[0]] if part.startswith("{") else part
        for part in request.scope["path_template"].strip("/").split("/")
    ]
    query = request.scope["query_string"].decode("latin-1")
    path = app_state.path(*segments)
    return Redirect(f"{path}?{query}" if query else path, status_code=301)
