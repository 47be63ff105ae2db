"""The address of every route for people, whichever there are: pages, pictures, feeds, calendars."""

from __future__ import annotations

import re

from litestar.handlers import HTTPRouteHandler

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
VALUES = {
    "product": "clairdash",
    "version": "3.9.0",
    "line": "3.9",
    "topic": "start",
    "kind": "bad-request",
    "rule": "removal-too-soon",
}
"""What stands in a path; a route with a parameter of a new name needs one here."""


PROGRAMS = ("/v1/", "/.well-known/", "/api/", "/schema", "/tea")
FORMATS = ("/cle.json", "/cle-index.json", "/openeox.json", "/cyclonedx.json")
"""What programs alone read."""


def page_addresses(app, *, deprecation):
    """Return the path of each such route, and whether what it answers is a page."""
    values = VALUES | {"deprecation": deprecation}
    return {
        re.sub(r"{(\w+):\w+}", lambda name: values[name[1]], path): "html" in kind
        for path, kind in _routes(app)
    }


def canonical(response):
    """Return the addresses that a page names as its own."""
    return re.findall(r'<link rel="canonical" href="([^"]*)"', response.text)


def _routes(app):
    for route in app.litestar.routes:
        for handler in getattr(route, "route_handlers", []):
            shown = isinstance(handler, HTTPRouteHandler) and handler.opt.get("scope") == "public"
            described = route.path.startswith(PROGRAMS) or route.path.endswith(FORMATS)
            if shown and not described and "GET" in handler.http_methods:
                yield route.path, str(handler.media_type).lower()
