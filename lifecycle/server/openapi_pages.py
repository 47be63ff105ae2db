"""The description of the API, and a page to read and try it; nothing comes from elsewhere."""

from __future__ import annotations

import asyncio
import copy
import gzip
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec
from litestar import MediaType, Request, Router
from litestar.exceptions import NotFoundException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, SwaggerRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme
from litestar.response import Response
from swagger_ui_bundle import swagger_ui_path

from lifecycle.errors import NotFound
from lifecycle.server.cacheability import PROGRAM, Cacheability, set_cacheability
from lifecycle.server.cached_responses import accepts_gzip, entity_tag
from lifecycle.server.openapi_schemas import described
from lifecycle.server.request_parameters import Name
from lifecycle.server.routing import get
from lifecycle.server.security_headers import POLICY
from lifecycle.static_export.preferences import StaticCopy, static_copy_in

if TYPE_CHECKING:
    from lifecycle.server.app_state import AppState

ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
ASSETS_PATH = "/schema/assets"
CHANGES = {
    b"<html>": b'<html lang="en">',
    b'<script src="" crossorigin></script>': b"",
    b"SwaggerUIBundle.SwaggerUIStandalonePreset": b"",
    b"<div id='swagger-container'/>": b"<main id='swagger-container'></main>",
    b"deepLinking: true,": b"deepLinking: true, docExpansion: 'none', defaultModelsExpandDepth: 0,"
    b" onComplete: () => setTimeout(() => document.getElementById('servers')"
    b"?.setAttribute('aria-label', 'The address that requests go to')),",
    b"body { margin: 0; padding: 0 }": b"body { margin: 0; padding: 0 }"
    b" .swagger-ui .info .title small { background: #595f68 }"
    b" .swagger-ui .info .title small.version-stamp { background: #3d6b0f }"
    b" .swagger-ui .info a { color: #1f5fb0 }"
    b" .swagger-ui .btn.authorize { border-color: #1d6b45; color: #1d6b45 }"
    b" .swagger-ui .btn.authorize svg { fill: #1d6b45 }"
    b" .swagger-ui .opblock .opblock-summary-method { color: #1b1b1b; text-shadow: none }"
    b" @media (max-width: 44rem) { .swagger-ui .opblock-tag { flex-wrap: wrap }"
    b" .swagger-ui .opblock-tag > :is(small, div) { flex: 1 1 100%; order: 1; padding: 0 }"
    b" .swagger-ui .opblock-tag > div { overflow: visible; white-space: normal }"
    b" .swagger-ui :is(.parameters, .responses-table) > thead { display: none }"
    b" .swagger-ui :is(.parameters, .responses-table) > tbody,"
    b" .swagger-ui :is(.parameters, .responses-table) > tbody > tr,"
    b" .swagger-ui :is(.parameters, .responses-table) > tbody > tr > td"
    b" { display: block; width: auto }"
    b" .swagger-ui .responses-table .response-col_links { display: none } }",
}
"""What is changed in the page as Litestar makes it.

Groups of operations, and the schemas below them, are drawn when somebody opens them: drawing all at
once takes seconds. The bar of another layout is not loaded: a seventh of all that the page loads.
The rest is for those who do not see the page, or see it badly, or on a telephone.
"""
FOR_FILES = {
    b"deepLinking: true,": b"deepLinking: true, supportedSubmitMethods: [],",
    b"body { margin: 0; padding: 0 }": b"body { margin: 0; padding: 0 }"
    b" .swagger-ui .auth-wrapper, .swagger-ui .authorization__btn { display: none }",
}
"""What is changed in the page for a file: it sends no requests, and so asks for no token."""
ABOUT = "Which versions each support tier covers, until when, and why."
SCRIPT = b"<script type='text/javascript'>"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'sha256-{}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
A_DAY = "public, max-age=86400"


class Asset(NamedTuple):
    """A part of the page: as it is, compressed, and what names its contents."""

    content: bytes
    compressed: bytes
    etag: str


@get("/assets/{name:str}", scope="public", media_type=MediaType.TEXT)
async def show_asset(request: Request[Any, Any, Any], name: Name) -> Response[bytes]:
    """Serve a part of the page."""
    if name not in ASSETS:
        raise NotFound(f"There is no {name[:100]!r} here.")
    asset = await asyncio.to_thread(_read_asset, name)
    is_packed = accepts_gzip(request.headers.get("accept-encoding", "").encode())
    etag = f'{asset.etag[:-1]}-gzip"' if is_packed else asset.etag
    headers = {"cache-control": A_DAY, "vary": "accept-encoding", "etag": etag}
    if etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    if is_packed:
        headers["content-encoding"] = "gzip"
    content = asset.compressed if is_packed else asset.content
    return Response(content, media_type=ASSETS[name], headers=headers)


@cache
def _read_asset(name: str) -> Asset:
    """Read a part of the page and compress it, once: it is most of what the page loads."""
    content = (swagger_ui_path / name).read_bytes()
    return Asset(content, gzip.compress(content, mtime=0), entity_tag(content))


def refuse_unknown(request: Request[Any, Any, Any]) -> None:
    """Refuse what Litestar would answer here with a page of its own: a path that leads nowhere."""
    if "path" in request.path_params:
        raise NotFoundException


class Description(JsonRenderPlugin):
    """The description in JSON, made and encoded once for the path at which it is published."""

    def __init__(self) -> None:
        super().__init__()
        self._encoded: dict[str, bytes] = {}

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the OpenAPI description; in a file, its requests go to the live service."""
        static = static_copy_in(request.scope["headers"])
        described_here = self.as_served(request, openapi_schema)
        if static is None or static.live is None:
            return described_here
        return described_here.replace(_servers(_prefix(request)), _servers(static.live), 1)

    def as_served(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the description whose requests go to the service that answers with it."""
        _keep(request)
        prefix = _prefix(request)
        if prefix not in self._encoded:
            description = described(request.app, copy.deepcopy(openapi_schema), prefix)
            description["servers"] = [{"url": prefix or "/"}]
            self._encoded[prefix] = super().render(request, description)
        return self._encoded[prefix]


class Page(SwaggerRenderPlugin):
    """A page to read the description and try it."""

    def __init__(self, description: Description) -> None:
        super().__init__(path="/")
        self._description = description
        self._pages: dict[str, tuple[bytes, str]] = {}

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the page, made once, and note the policy of its script."""
        _keep(request)
        prefix = _prefix(request)
        if prefix not in self._pages:
            self._load_from(f"{prefix}{ASSETS_PATH}")
            page = super().render(request, openapi_schema)
            for text, better in CHANGES.items():
                page = page.replace(text, better, 1)
            self._pages[prefix] = page, _policy_of(page)
        page, policy = self._pages[prefix]
        if (static := static_copy_in(request.scope["headers"])) is not None:
            page = _for_file(page, prefix, static)
            policy = _policy_of(page)
        cast("dict[str, Any]", request.scope)[POLICY] = policy
        return page

    def _load_from(self, assets: str) -> None:
        """Set the paths of what the page loads."""
        self.js_url = f"{assets}/swagger-ui-bundle.js"
        self.css_url = f"{assets}/swagger-ui.css"
        self.standalone_preset_js_url = ""
        self.favicon = f"<link rel='icon' type='image/png' href='{assets}/favicon-32x32.png'>"

    def render_json(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # type: ignore[override]
        """Return the description that goes into the page."""
        return self._description.as_served(request, openapi_schema)


def _for_file(page: bytes, prefix: str, static: StaticCopy) -> bytes:
    """Return the page as a file, which says where the service answers."""
    for text, better in FOR_FILES.items():
        page = page.replace(text, better, 1)
    about = f"{ABOUT} This page is a file, and sends no requests."
    if static.live is not None:
        about += f" The service answers them at {static.live}."
        page = page.replace(_servers(prefix), _servers(static.live), 1)
    return page.replace(msgspec.json.encode(ABOUT), msgspec.json.encode(about), 1)


def _servers(address: str) -> bytes:
    return b'"servers":' + msgspec.json.encode([{"url": address or "/"}])


def _policy_of(page: bytes) -> str:
    """Return the policy that lets the page's own script alone run."""
    script = page.rpartition(SCRIPT)[2].partition(b"</script>")[0]
    return PAGE_POLICY.format(b64encode(sha256(script).digest()).decode())


def _keep(request: Request[Any, Any, Any]) -> None:
    """Let the answer be kept for whoever asks next, though not once for each made-up query."""
    if not request.scope["query_string"]:
        set_cacheability(cast("dict[str, Any]", request.scope), Cacheability(PROGRAM))


def _prefix(request: Request[Any, Any, Any]) -> str:
    app_state: AppState = request.app.state.app_state
    return app_state.prefix


SCOPES = (
    "A token, whose scope says what it may do: `admin`, `publish`, `release`, or `account:SLUG`. "
    "`publish:PRODUCT,…` and `release:PRODUCT,…` are limited to products: lists hold what concerns "
    "these, and what a scope may not see is answered as what does not exist. Reach, previews, "
    "deliveries and the work list also name accounts that neither run these products nor subscribe "
    "to them, and that such a scope cannot open."
)


def description() -> OpenAPIConfig:
    """Return what the API is called and where it is described."""
    encoded = Description()
    return OpenAPIConfig(
        title="Lifecycle",
        version=version("lifecycle-tracker"),
        description=ABOUT,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer", description=SCOPES)
            }
        ),
        use_handler_docstrings=True,
        render_plugins=[Page(encoded), encoded],
        openapi_router=Router(
            "/schema",
            route_handlers=[show_asset],
            before_request=refuse_unknown,
            opt={"scope": "public"},
            include_in_schema=False,
        ),
    )
