"""The description of the API, and a page to read and try it; nothing comes from elsewhere."""

from __future__ import annotations

import copy
from base64 import b64encode
from hashlib import sha256
from importlib.metadata import version
from typing import Any, cast

from litestar import MediaType, Request, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, SwaggerRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme
from litestar.response import Response
from swagger_ui_bundle import swagger_ui_path

from lifecycle.errors import NotFound
from lifecycle.server.openapi_schemas import described
from lifecycle.server.request_parameters import Name
from lifecycle.server.routing import get
from lifecycle.server.security_headers import POLICY

ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui-standalone-preset.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
ASSETS_PATH = "/schema/assets"
SCRIPT = b"<script type='text/javascript'>"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'sha256-{}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
A_DAY = "public, max-age=86400"


@get("/assets/{name:str}", scope="public", media_type=MediaType.TEXT)
async def show_asset(name: Name) -> Response[bytes]:
    """Serve a part of the page."""
    if name not in ASSETS:
        raise NotFound(f"There is no {name[:100]!r} here.")
    content = (swagger_ui_path / name).read_bytes()
    return Response(content, media_type=ASSETS[name], headers={"cache-control": A_DAY})


class Description(JsonRenderPlugin):
    """The description in JSON, made and encoded once."""

    def __init__(self) -> None:
        super().__init__()
        self._encoded: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the OpenAPI description."""
        if self._encoded is None:
            description = described(request.app, copy.deepcopy(openapi_schema))
            self._encoded = super().render(request, description)
        return self._encoded


class Page(SwaggerRenderPlugin):
    """A page to read the description and try it."""

    def __init__(self, description: Description) -> None:
        super().__init__(
            js_url=f"{ASSETS_PATH}/swagger-ui-bundle.js",
            css_url=f"{ASSETS_PATH}/swagger-ui.css",
            standalone_preset_js_url=f"{ASSETS_PATH}/swagger-ui-standalone-preset.js",
            favicon=f"<link rel='icon' type='image/png' href='{ASSETS_PATH}/favicon-32x32.png'>",
            path="/",
        )
        self._description = description
        self._page: bytes | None = None
        self._policy = ""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the page, made once, and note the policy that lets its own script alone run."""
        if self._page is None:
            self._page = super().render(request, openapi_schema)
            script = self._page.rpartition(SCRIPT)[2].partition(b"</script>")[0]
            self._policy = PAGE_POLICY.format(b64encode(sha256(script).digest()).decode())
        cast("dict[str, Any]", request.scope)[POLICY] = self._policy
        return self._page

    def render_json(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # type: ignore[override]
        """Return the description that goes into the page."""
        return self._description.render(request, openapi_schema)


def description() -> OpenAPIConfig:
    """Return what the API is called and where it is described."""
    encoded = Description()
    return OpenAPIConfig(
        title="Lifecycle",
        version=version("lifecycle-tracker"),
        description="Which versions each support tier covers, until when, and why.",
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        components=Components(
            security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")}
        ),
        use_handler_docstrings=True,
        render_plugins=[Page(encoded), encoded],
        openapi_router=Router(
            "/schema",
            route_handlers=[show_asset],
            opt={"scope": "public"},
            include_in_schema=False,
        ),
    )
