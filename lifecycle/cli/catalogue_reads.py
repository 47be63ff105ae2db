"""What commands read of the catalogue: from a running service, or from the local store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.cli.connections import connect
from lifecycle.cli.listings import ALL, Extent, Listing, fetch
from lifecycle.client.resource_paths import path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

PRODUCTS = ("v1", "products")


def products(server: str | None, extent: Extent = ALL) -> Listing:
    """Return the products by slug."""
    if server is None:
        return Listing(*_store().products(extent))
    with connect(server) as client:
        return fetch(client, path(*PRODUCTS), extent)


def product(server: str | None, slug: str) -> Any:
    """Return a product."""
    if server is None:
        return _store().product(slug)
    with connect(server) as client:
        return client.get(path(*PRODUCTS, slug))


def releases(
    server: str | None, slug: str, *, newest_first: bool = False, extent: Extent = ALL
) -> Listing:
    """Return a product's releases in version order, plans included."""
    if server is None:
        return Listing(*_store().releases(slug, newest_first, extent))
    query = {"newest_first": "true" if newest_first else None}
    with connect(server) as client:
        return fetch(client, path(*PRODUCTS, slug, "releases"), extent, **query)


def release(server: str | None, slug: str, version: str) -> Any:
    """Return a release."""
    if server is None:
        return _store().release(slug, version)
    with connect(server) as client:
        return client.get(path(*PRODUCTS, slug, "releases", version))


def lines(server: str | None, slug: str, extent: Extent = ALL) -> Listing:
    """Return the lines of a product that declare something, in their order."""
    if server is None:
        return Listing(*_store().lines(slug, extent))
    with connect(server) as client:
        return fetch(client, path(*PRODUCTS, slug, "lines"), extent)


def line(server: str | None, slug: str, name: str) -> Any:
    """Return what a line declares."""
    if server is None:
        return _store().line(slug, name)
    with connect(server) as client:
        return client.get(path(*PRODUCTS, slug, "lines", name))


def features(
    server: str | None,
    slug: str,
    *,
    version: str | None = None,
    at: str | None = None,
    extent: Extent = ALL,
) -> Listing:
    """Return a product's features by key, each with its stage in a version or on a day."""
    if server is None:
        return Listing(*_store().features(slug, version, at, extent))
    with connect(server) as client:
        address = path(*PRODUCTS, slug, "features")
        return fetch(client, address, extent, version=version, at=at)


def feature(server: str | None, slug: str, key: str) -> Any:
    """Return a feature with its stages."""
    if server is None:
        return _store().feature(slug, key)
    with connect(server) as client:
        return client.get(path(*PRODUCTS, slug, "features", key))


def support(
    server: str | None, slug: str, *, tier: str | None = None, at: str | None = None
) -> Any:
    """Return the matrix: what every tier, or one, gets for every line on a day."""
    if server is None:
        return _store().support(slug, tier, at)
    with connect(server) as client:
        return client.get(path(*PRODUCTS, slug, "support"), tier=tier, at=at)


def entitlements(server: str | None, slug: str, *, tier: str, opened_at: str | None) -> Any:
    """Return what comes with a tier, and by when a request opened then is due a response."""
    if server is None:
        return _store().entitlements(slug, tier, opened_at)
    with connect(server) as client:
        address = path(*PRODUCTS, slug, "entitlements")
        return client.get(address, tier=tier, opened_at=opened_at)


def simulation(server: str | None, slug: str, body: Mapping[str, Any]) -> Any:
    """Return what a release, a policy or a line's days would change."""
    if server is None:
        return _store().simulation(slug, body)
    with connect(server) as client:
        return client.ask(path(*PRODUCTS, slug, "simulate"), body)


def _store() -> ModuleType:
    from lifecycle.cli import local_catalogue  # noqa: PLC0415 -- a service's answer needs no store

    return local_catalogue
