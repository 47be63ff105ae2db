"""Which public reads become files, by the names in their paths, and which do not (pure).

Paths are written as the service's routes have them; a test holds these lists against the routes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from lifecycle.interchange.tea import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

TEA: Final = f"/tea/v{VERSION}"
WELL_KNOWN: Final = "/.well-known/tea"
"""Where clients look by the domain alone, even if the service is published below a path."""

EXPORTED: Final[Mapping[str, tuple[str, ...]]] = {
    "": (
        "/",
        "/products",
        "/changes",
        "/changes.atom",
        "/changes.csv",
        "/calendar.ics",
        "/manual",
        "/problems",
        "/rules",
        "/schema",
        "/schema/openapi.json",
        "/v1/products",
        "/v1/deprecations",
        "/v1/gate/rules",
        "/api/all.json",
        "/api/v1",
        "/api/v1/products",
        "/api/v1/products/full",
        "/api/v1/categories",
        "/api/v1/tags",
        "/api/v1/identifiers",
        WELL_KNOWN,
        "/tea",
        TEA,
        f"{TEA}/products",
        f"{TEA}/components",
    ),
    "style": ("/static/{name:str}",),
    "schema asset": ("/schema/assets/{name:str}",),
    "topic": ("/manual/{topic:str}",),
    "problem kind": ("/problems/{kind:str}",),
    "rule": ("/rules/{rule:str}",),
    "gate rule": ("/v1/gate/rules/{rule:str}",),
    "category": ("/api/v1/categories/{category:str}",),
    "tag": ("/api/v1/tags/{tag:str}",),
    "identifier type": ("/api/v1/identifiers/{identifier_type:str}",),
    "deprecation": ("/deprecations/{deprecation:str}", "/v1/deprecations/{deprecation:str}"),
    "product": (
        "/products/{product:str}",
        "/products/{product:str}/features",
        "/products/{product:str}/changes.atom",
        "/products/{product:str}/calendar.ics",
        "/products/{product:str}/support.csv",
        "/products/{product:str}/timeline.svg",
        "/products/{product:str}/timeline-narrow.svg",
        "/products/{product:str}/cle.json",
        "/products/{product:str}/openeox.json",
        "/products/{product:str}/cyclonedx.json",
        "/v1/products/{product:str}",
        "/v1/products/{product:str}/features",
        "/v1/products/{product:str}/lines",
        "/v1/products/{product:str}/policy",
        "/v1/products/{product:str}/releases",
        "/v1/products/{product:str}/support",
        "/api/v1/products/{product:str}",
    ),
    "product file": ("/api/{product_file:str}",),
    "cycle": ("/api/v1/products/{product:str}/releases/{cycle:str}",),
    "cycle file": ("/api/{product:str}/{file:str}",),
    "line": ("/products/{product:str}/lines/{line:str}",),
    "declared line": ("/v1/products/{product:str}/lines/{line:str}",),
    "version": (
        "/products/{product:str}/releases/{version:str}/openeox.json",
        "/products/{product:str}/releases/{version:str}/cyclonedx.json",
        "/v1/products/{product:str}/releases/{version:str}",
        "/v1/products/{product:str}/versions/{version:str}",
    ),
    "badge": (
        "/products/{product:str}/versions/{version:str}/badge.json",
        "/products/{product:str}/versions/{version:str}/badge.svg",
    ),
    "feature": ("/v1/products/{product:str}/features/{feature:str}",),
    "tea product": (
        f"{TEA}/product/{{uuid:str}}",
        f"{TEA}/product/{{uuid:str}}/cle",
        f"{TEA}/product/{{uuid:str}}/releases",
    ),
    "tea component": (
        f"{TEA}/component/{{uuid:str}}",
        f"{TEA}/component/{{uuid:str}}/cle",
        f"{TEA}/component/{{uuid:str}}/releases",
    ),
    "tea product release": (
        f"{TEA}/productRelease/{{uuid:str}}",
        f"{TEA}/productRelease/{{uuid:str}}/cle",
        f"{TEA}/productRelease/{{uuid:str}}/collections",
        f"{TEA}/productRelease/{{uuid:str}}/collection/latest",
    ),
    "tea component release": (
        f"{TEA}/componentRelease/{{uuid:str}}",
        f"{TEA}/componentRelease/{{uuid:str}}/cle",
        f"{TEA}/componentRelease/{{uuid:str}}/collections",
        f"{TEA}/componentRelease/{{uuid:str}}/collection/latest",
    ),
    "tea product collection": (f"{TEA}/productRelease/{{uuid:str}}/collection/{{number:str}}",),
    "tea component collection": (f"{TEA}/componentRelease/{{uuid:str}}/collection/{{number:str}}",),
}
"""By what is put into the paths: ``""`` is nothing."""

_QUESTION = "a question in a query, which a file cannot answer"
EXCEPTED: Final[Mapping[str, str]] = {
    "/products/{product:str}/compare": _QUESTION,
    "/products/{product:str}/versions/{version:str}": "the product's page, asked about a version",
    "/v1/products/{product:str}/compare": _QUESTION,
    "/products/{product:str}/cle-index.json": "it tells pages apart by a query",
    "/products/{product:str}/entitlements": "it answers for the minute in which it is asked",
    "/v1/products/{product:str}/entitlements": _QUESTION,
    f"{TEA}/discovery": _QUESTION,
    f"{TEA}/productReleases": "asked by an identifier; a product's own list is exported",
    f"{TEA}/componentReleases": "asked by an identifier; a component's own list is exported",
    "/schema/{path:str}": "there is nothing below it but what is named",
    "/schema/oauth2-redirect.html": "a step of signing in, which the page does not offer",
}
"""Public reads that are not exported, with the reason."""

OF_ANY_KIND: Final = "/{name:str}"
"""So routes end whose files have the names, and the content types, that they were packed with."""

UNVERSIONED: Final = "/tea/"
"""Below it the same answers as below ``TEA``; clients put the version into their addresses."""

SIGN_IN: Final = "/sign-in"

LONG_LISTS: Final[Mapping[str, str]] = {
    f"{TEA}/products": "pageSize=10000",
    f"{TEA}/components": "pageSize=10000",
    f"{TEA}/product/{{uuid:str}}/releases": "pageSize=10000",
}
"""Lists that a query asks for whole: a file has no second page."""

JSON_TREES: Final = ("/v1", "/api/v1", "/tea", WELL_KNOWN)
"""Where a JSON document's address has no ending, though its file has one."""


def exception_of(path: str) -> str | None:
    """Return why a route's answers are not exported, if they are not.

    >>> exception_of("/tea/discovery")
    'the same answers as below /tea/v0.4.0'
    >>> exception_of("/v1/products")
    """
    if path.startswith(UNVERSIONED) and not path.startswith((f"{TEA}/", TEA)):
        return f"the same answers as below {TEA}"
    if path.startswith(SIGN_IN):
        return "signing in takes a service"
    return EXCEPTED.get(path)


def fill(path: str, values: Iterable[str]) -> str:
    """Put values in the place of a path's parameters, each as one segment.

    >>> fill("/products/{product:str}/lines/{line:str}", ["node", "a/b"])
    '/products/node/lines/a%2Fb'
    """
    following = iter(values)
    segments = (
        quote(next(following), safe="") if part.startswith("{") else part
        for part in path.split("/")
    )
    return "/".join(segments)


def pattern_of(path: str) -> str:
    """Write a route's path as hosts write one with parameters.

    >>> pattern_of("/products/{product:str}/cle.json")
    '/products/:product/cle.json'
    """
    return re.sub(r"\{(\w+):str\}", r":\1", path)


class Address(NamedTuple):
    """An address to export: that of its route, and the query that it is asked for with."""

    route: str
    address: str
    query: str


def list_addresses(names: Mapping[str, Iterable[tuple[str, ...]]]) -> Iterator[Address]:
    """Yield the addresses to export."""
    for kind, paths in EXPORTED.items():
        for values in [()] if not kind else names.get(kind, ()):
            for path in paths:
                yield Address(path, fill(path, values), LONG_LISTS.get(path, ""))
