"""What commands read: from a running service, or without its address from the local store."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from lifecycle.cli.connections import TOO_NARROW, connect
from lifecycle.cli.listings import ALL, Extent, Listing, fetch
from lifecycle.client import Refused
from lifecycle.client.resource_paths import path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

DEPRECATIONS = ("v1", "deprecations")


def status(server: str | None, product: str, version: str, tier: str | None, at: str | None) -> Any:
    """Return one version's answer, for a tier or for each."""
    if server is None:
        return _answers().status(product, version, tier, at)
    with connect(server) as client:
        return client.get(path("v1", "products", product, "versions", version), tier=tier, at=at)


def comparison(
    server: str | None, product: str, lower: str, higher: str, *, tier: str | None, at: str | None
) -> Any:
    """Return what an upgrade from one version to another meets, for a tier or for all."""
    if server is None:
        return _store().comparison(product, lower, higher, tier, at)
    query = {"from": lower, "to": higher, "tier": tier, "at": at}
    with connect(server) as client:
        return client.get(path("v1", "products", product, "compare"), **query)


def policy(server: str | None, product: str, at: str | None) -> Any:
    """Return the document of the policy in force on a day."""
    if server is None:
        return _answers().policy(product, at)
    with connect(server) as client:
        return client.get(path("v1", "products", product, "policy"), at=at)


def audit_verdict(server: str | None) -> Any:
    """Return whether the log is whole, or else what was touched."""
    if server is None:
        return _store().audit_verdict()
    with connect(server) as client:
        return client.get("/v1/audit/verify")


def archived_batches(server: str | None) -> list[Any]:
    """Return what the log lists of archives, the newest entries first."""
    from lifecycle.audit.archive_files import ARCHIVED  # noqa: PLC0415 -- it reads documents

    if server is None:
        return Listing(*_store().log_entries(ARCHIVED)).items
    with connect(server) as client:
        return fetch(client, path("v1", "audit"), ALL, action=ARCHIVED).items


def deprecations(
    server: str | None,
    *,
    product: str | None = None,
    status: str | None = None,
    begins: str | None = None,
    extent: Extent = ALL,
) -> Listing:
    """Return the deprecations of a product or of all, in a state or in any.

    With ``begins``, those whose id begins with it.
    """
    if server is None:
        return Listing(*_store().deprecations(product, status, begins, extent))
    query = {"product": product, "status": status, "id": begins}
    with connect(server) as client:
        return fetch(client, path(*DEPRECATIONS), extent, **query)


def deprecation(server: str | None, uid: str) -> Any:
    """Return a deprecation with its revisions."""
    if server is None:
        return _store().deprecation(uid)
    with connect(server) as client:
        return client.get(path(*DEPRECATIONS, uid))


def preview(server: str | None, uid: str) -> Any:
    """Return what announcing a deprecation would do."""
    if server is None:
        return _store().preview(uid)
    with connect(server) as client:
        return client.get(path(*DEPRECATIONS, uid, "preview"))


def reach(server: str | None, uid: str) -> Any:
    """Return whom a deprecation reached, with the accounts of all pages."""
    if server is None:
        return _store().reach(uid)
    with connect(server) as client:
        first_page, *following = client.pages(path(*DEPRECATIONS, uid, "reach"))
    for page in following:
        first_page["accounts"] += page["accounts"]
    first_page.pop("next", None)
    return first_page


def waivers(server: str | None, product: str | None, extent: Extent = ALL) -> Listing:
    """Return the waivers of a product or of all."""
    if server is None:
        return Listing(*_store().waivers(product, extent))
    with connect(server) as client:
        return fetch(client, path("v1", "waivers"), extent, product=product)


def tokens(server: str | None, extent: Extent = ALL) -> Listing:
    """Return the tokens, without their secrets."""
    if server is None:
        return Listing(*_store().tokens(extent))
    with connect(server) as client:
        return fetch(client, path("v1", "tokens"), extent)


def deliveries(
    server: str | None,
    *,
    state: str | None = None,
    account: str | None = None,
    deprecation: str | None = None,
    extent: Extent = ALL,
) -> Listing:
    """Return deliveries in a state, to an account, of a deprecation, or all.

    An account's own token is answered with its own deliveries alone.
    """
    if server is None:
        return Listing(*_store().deliveries(state, account, deprecation, extent))
    query = {"status": state, "deprecation": deprecation}
    with connect(server) as client:
        try:
            return fetch(client, path("v1", "deliveries"), extent, account=account, **query)
        except Refused as refusal:
            if refusal.document.get("error") != TOO_NARROW:
                raise
            if account is None:
                refusal.detail += " --account ACCOUNT lists an account's own deliveries."
                raise
        return fetch(client, path("v1", "accounts", account, "deliveries"), extent, **query)


def worker_state(server: str | None) -> str | None:
    """Return whether a worker is ``alive``, ``silent``, or ``none`` was ever seen.

    None where a service does not say: its operator's routes may be closed.
    """
    if server is None:
        return str(_store().worker_state())
    with connect(server) as client:
        try:
            return str(client.get("/health/ready").get("worker"))
        except Refused:
            return None


@contextmanager
def delivery_progress(server: str | None, deprecation: str | None) -> Iterator[Callable[[], Any]]:
    """Open what says how far deliveries are, of a deprecation or all, whenever it is called."""
    if server is None:
        yield partial(_store().delivery_progress, deprecation)
        return
    with connect(server) as client:
        yield partial(client.get, path("v1", "deliveries", "progress"), deprecation=deprecation)


def subscriptions(server: str | None, account: str, extent: Extent = ALL) -> Listing:
    """Return where an account wants its notices."""
    if server is None:
        return Listing(*_store().subscriptions(account, extent))
    with connect(server) as client:
        return fetch(client, path("v1", "accounts", account, "subscriptions"), extent)


def evidence(server: str | None, account: str) -> tuple[Any, str]:
    """Return all that an account was told, as a document and as an HTML page."""
    if server is None:
        document, page = _store().evidence(account)
        return document, page
    address = path("v1", "accounts", account, "evidence")
    with connect(server) as client:
        return client.get(address), client.get_page(address, format="html")


def _answers() -> ModuleType:
    from lifecycle.cli import local_answers  # noqa: PLC0415 -- a service's answer needs no store

    return local_answers


def _store() -> ModuleType:
    from lifecycle.cli import local_reads  # noqa: PLC0415 -- a service's answer needs no store

    return local_reads
