"""What commands read of accounts: from a running service, or from the local store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.cli.connections import connect
from lifecycle.cli.listings import ALL, Extent, Listing, fetch
from lifecycle.client.resource_paths import path

if TYPE_CHECKING:
    from types import ModuleType

ACCOUNTS = ("v1", "accounts")


def accounts(server: str | None, extent: Extent = ALL) -> Listing:
    """Return the accounts by slug."""
    if server is None:
        return Listing(*_store().accounts(extent))
    with connect(server) as client:
        return fetch(client, path(*ACCOUNTS), extent)


def account(server: str | None, slug: str) -> Any:
    """Return an account."""
    if server is None:
        return _store().account(slug)
    with connect(server) as client:
        return client.get(path(*ACCOUNTS, slug))


def instances(server: str | None, slug: str, extent: Extent = ALL) -> Listing:
    """Return what an account runs, by name."""
    if server is None:
        return Listing(*_store().instances(slug, extent))
    with connect(server) as client:
        return fetch(client, path(*ACCOUNTS, slug, "instances"), extent)


def instance(server: str | None, slug: str, name: str) -> Any:
    """Return an instance of an account."""
    if server is None:
        return _store().instance(slug, name)
    with connect(server) as client:
        return client.get(path(*ACCOUNTS, slug, "instances", name))


def notices(server: str | None, slug: str, extent: Extent = ALL) -> Listing:
    """Return the notices that an account was sent, the newest first."""
    if server is None:
        return Listing(*_store().notices(slug, extent))
    with connect(server) as client:
        return fetch(client, path(*ACCOUNTS, slug, "notices"), extent)


def notice(server: str | None, slug: str, uid: str) -> Any:
    """Return a notice with what it says."""
    if server is None:
        return _store().notice(slug, uid)
    with connect(server) as client:
        return client.get(path(*ACCOUNTS, slug, "notices", uid))


def worklist(server: str | None, extent: Extent = ALL) -> Listing:
    """Return what needs a person, the most urgent kind first."""
    if server is None:
        return Listing(*_store().worklist(extent))
    with connect(server) as client:
        return fetch(client, "/v1/worklist", extent)


def _store() -> ModuleType:
    from lifecycle.cli import local_accounts  # noqa: PLC0415 -- a service's answer needs no store

    return local_accounts
