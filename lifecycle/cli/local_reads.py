"""The local store's answers: what the API's handlers call, in the form in which they answer.

No web framework is imported for them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle import settings
from lifecycle.accounts import account_subscriptions
from lifecycle.accounts.account_subscriptions import SubscriptionOut
from lifecycle.accounts.queries import get_account
from lifecycle.accounts.token_documents import page_of_tokens
from lifecycle.answers import comparisons
from lifecycle.audit import queries as audit
from lifecycle.calendar.days import parse_day
from lifecycle.catalogue import waivers as stored_waivers
from lifecycle.catalogue.queries import get_product
from lifecycle.catalogue.visibility import EVERYTHING
from lifecycle.cli.clock import now
from lifecycle.cli.listings import ALL
from lifecycle.cli.local_store import with_store
from lifecycle.cli.local_views import PAGE_LENGTH, read, read_pages, snapshot_of
from lifecycle.database.pagination import Page
from lifecycle.deprecations import announcement_previews, deprecation_outputs, queries
from lifecycle.deprecations.evidence import deliveries as stored_deliveries
from lifecycle.deprecations.evidence import delivery_counts, report
from lifecycle.deprecations.evidence import reach as notified_accounts
from lifecycle.deprecations.notices import signed_links
from lifecycle.deprecations.queries import Filter
from lifecycle.deprecations.states import Status
from lifecycle.scheduler.vitals import Vitals
from lifecycle.server.computed_lists import page_of
from notifications.models import DeliveryState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.cli.listings import Extent, Listing
    from lifecycle.database import Store
    from lifecycle.deprecations.evidence.delivery_counts import Progress
    from lifecycle.scheduler.vitals import WorkerState


def comparison(product: str, lower: str, higher: str, tier: str | None, at: str | None) -> Any:
    """Compare two versions, as ``GET …/compare`` does."""
    snapshot, today = snapshot_of(product)
    day = parse_day(at) if at else today
    compared = comparisons.comparison(snapshot, lower, higher, tier=tier, at=day, today=today)
    return msgspec.to_builtins(compared)


def audit_verdict() -> Any:
    """Walk the log's chain, as ``GET /v1/audit/verify`` does."""
    return read(audit.verify)


def log_entries(action: str) -> Listing:
    """List the entries of one action, as ``GET /v1/audit`` does."""

    async def page(session: AsyncSession, cursor: str | None, limit: int) -> Page[Any]:
        only = audit.EntryFilter(action=action)
        return await audit.entries(session, only, cursor=cursor, limit=limit)

    return read_pages(page, ALL)


def deprecations(
    product: str | None, status: str | None, begins: str | None, extent: Extent
) -> Listing:
    """List deprecations, drafts too, as ``GET /v1/deprecations`` does."""

    async def page(session: AsyncSession, cursor: str | None, limit: int) -> Page[Any]:
        return await deprecation_outputs.page_of_deprecations(
            session,
            Filter(
                product=await get_product(session, product) if product else None,
                status=Status(status) if status else None,
                begins=begins,
            ),
            now=now(),
            visibility=EVERYTHING,
            cursor=cursor,
            limit=limit,
        )

    return read_pages(page, extent)


def deprecation(uid: str) -> Any:
    """Show a deprecation, as ``GET /v1/deprecations/{id}`` does."""

    async def work(session: AsyncSession) -> Any:
        deprecation = await queries.get(session, uid)
        return await deprecation_outputs.show(session, deprecation, now=now(), inside=True)

    return read(work)


def preview(uid: str) -> Any:
    """Say what announcing would do, as ``GET …/preview`` does."""
    base = signed_links.base_url(settings.load(os.environ))

    async def work(session: AsyncSession) -> Any:
        row = await queries.get(session, uid)
        return await announcement_previews.preview(session, row, now=now(), base=base)

    return read(work)


def reach(uid: str) -> Any:
    """Say who was told, as the pages of ``GET …/reach`` do together."""

    async def work(session: AsyncSession) -> Any:
        deprecation = await queries.get(session, uid)
        page = first = await notified_accounts.reach(
            session, deprecation, now=now(), limit=PAGE_LENGTH
        )
        accounts = [*first.accounts]
        while page.next is not None:
            page = await notified_accounts.reach(
                session, deprecation, now=now(), cursor=page.next, limit=PAGE_LENGTH
            )
            accounts += page.accounts
        return msgspec.structs.replace(first, accounts=tuple(accounts))

    first_page: dict[str, Any] = read(work)
    first_page.pop("next", None)
    return first_page


def waivers(product: str | None, extent: Extent) -> Listing:
    """List waivers, as ``GET /v1/waivers`` does."""

    async def page(session: AsyncSession, cursor: str | None, limit: int) -> Page[Any]:
        return await stored_waivers.page_of_waivers(
            session,
            await get_product(session, product) if product else None,
            cursor=cursor,
            limit=limit,
        )

    return read_pages(page, extent)


def tokens(extent: Extent) -> Listing:
    """List tokens, as ``GET /v1/tokens`` does."""
    moment = now()

    async def page(session: AsyncSession, cursor: str | None, limit: int) -> Page[Any]:
        return await page_of_tokens(session, now=moment, cursor=cursor, limit=limit)

    return read_pages(page, extent)


def deliveries(
    state: str | None, account: str | None, deprecation: str | None, extent: Extent
) -> Listing:
    """List deliveries, as ``GET /v1/deliveries`` does."""

    async def page(session: AsyncSession, cursor: str | None, limit: int) -> Page[Any]:
        return await stored_deliveries.page_of_deliveries(
            session,
            state=DeliveryState(state) if state else None,
            owner=await stored_deliveries.find_owner(session, account) if account else None,
            deprecation=await queries.get(session, deprecation) if deprecation else None,
            cursor=cursor,
            limit=limit,
        )

    return read_pages(page, extent)


def delivery_progress(deprecation: str | None) -> Any:
    """Return how far deliveries are, as ``GET /v1/deliveries/progress`` does."""

    async def work(session: AsyncSession) -> Progress:
        about = await queries.get(session, deprecation) if deprecation else None
        return await delivery_counts.count_deliveries(session, now=now(), deprecation=about)

    return read(work)


def worker_state() -> WorkerState:
    """Return whether a worker lives, as ``GET /health/ready`` does."""

    async def work(store: Store) -> WorkerState:
        vitals = Vitals(store, settings.load(os.environ), now)
        await vitals.measure()
        return vitals.worker

    return with_store(work)


def subscriptions(account: str, extent: Extent) -> Listing:
    """List where an account wants its notices, as ``GET …/subscriptions`` does."""

    async def page(session: AsyncSession, cursor: str | None, limit: int) -> Page[SubscriptionOut]:
        owner = await get_account(session, account)
        listed = await account_subscriptions.listed(session, owner)
        stored = page_of(listed, key=account_subscriptions.place_of, cursor=cursor, limit=limit)
        return Page([SubscriptionOut.of(row) for row in stored.items], stored.next)

    return read_pages(page, extent)


def evidence(account: str) -> tuple[Any, str]:
    """Give all that an account was told, as a document and as a page."""

    async def work(session: AsyncSession) -> tuple[Any, str]:
        head = await report.collect(session, account, now())
        document = msgspec.json.decode(await _whole(report.evidence_json(session, head)))
        page = await _whole(report.evidence_html(session, head))
        return document, page.decode()

    document, page = read(work)
    return document, page


async def _whole(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])
