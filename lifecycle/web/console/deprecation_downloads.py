"""Reach and evidence to download: tables for spreadsheets, and documents on their own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from litestar import MediaType
from litestar.di import NamedDependency
from litestar.response import Response, Stream
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.deprecations import announcement_previews
from lifecycle.deprecations.audience.previews import Listing
from lifecycle.deprecations.evidence import reach_reports, report
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.interchange.spreadsheets import MEDIA_TYPE, write_rows
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import DeprecationId
from lifecycle.web.console.own_deprecations import get_own
from lifecycle.web.page_routes import pages, private_document

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from lifecycle.deprecations.announcement_previews import Outlook
    from lifecycle.deprecations.evidence.reach import ReachAccountOut

COLUMNS = (
    *("account", "name", "tier", "affected", "why_possibly", "effective_on"),
    *("told_on", "days_of_notice", "promised_days", "acknowledged_at", "acknowledged_by"),
    *("moved_on", "why_not", "pending", "deliveries", "delivered"),
)
"""The columns of reach, by the names that the API has for them; the last two are counts."""
AFFECTED = ("account", "tier", "affected", "why_possibly", "effective_on", "why_not")
AT_ONCE = 500
PATH = "/console/deprecations/{deprecation:str}"


@private_document(f"{PATH}/affected.csv", MEDIA_TYPE, scope="publish", by_product=True)
async def download_affected(
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> Response[Any]:
    """Return the accounts that a deprecation affects as it stands now."""
    own = await get_own(session, moment, deprecation)
    base = base_url(moment.app_state.settings)
    outlook = await announcement_previews.look_ahead(
        session, own.row, now=moment.now, base=base, listing=Listing(limit=1)
    )
    return _download(moment, deprecation, "affected.csv", MEDIA_TYPE, partial(_affected, outlook))


@private_document(f"{PATH}/reach.csv", MEDIA_TYPE, scope="publish", by_product=True)
async def download_reach_table(
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> Response[Any]:
    """Return whom a deprecation reached, an account a row."""
    await get_own(session, moment, deprecation)
    return _download(moment, deprecation, "reach.csv", MEDIA_TYPE, _table)


@private_document(f"{PATH}/reach.json", MediaType.JSON, scope="publish", by_product=True)
async def download_reach(
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> Response[Any]:
    """Return whom a deprecation reached, as the API shows it, with all accounts."""
    await get_own(session, moment, deprecation)
    return _download(moment, deprecation, "reach.json", MediaType.JSON, _reach)


@private_document(f"{PATH}/evidence.json", MediaType.JSON, scope="publish", by_product=True)
async def download_evidence(
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> Response[Any]:
    """Return everything that is kept about a deprecation and the accounts it reached."""
    await get_own(session, moment, deprecation)
    return _download(moment, deprecation, "evidence.json", MediaType.JSON, _evidence_json)


@private_document(f"{PATH}/evidence.html", MediaType.HTML, scope="publish", by_product=True)
async def download_evidence_page(
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> Response[Any]:
    """Return the same as a page that loads nothing."""
    await get_own(session, moment, deprecation)
    return _download(moment, deprecation, "evidence.html", MediaType.HTML, _evidence_html)


def _download(
    moment: Moment,
    uid: str,
    name: str,
    media_type: str,
    write: Callable[[AsyncSession, Moment, str], AsyncIterator[bytes]],
) -> Response[Any]:
    """Answer with a file that is written as it is read; our own session ends before it does."""

    async def written() -> AsyncIterator[bytes]:
        async with moment.app_state.store.reading() as session:
            async for piece in write(session, moment, uid):
                yield piece

    headers = {"content-disposition": f'attachment; filename="{uid}-{name}"'}
    if media_type == MediaType.HTML:
        headers |= report.PAGE_HEADERS
    return Stream(written(), media_type=media_type, headers=headers)


async def _affected(
    outlook: Outlook, session: AsyncSession, _moment: Moment, _uid: str
) -> AsyncIterator[bytes]:
    yield write_rows([AFFECTED])
    cursor = None
    while True:
        page = await announcement_previews.list_affected(
            session, outlook, Listing(cursor=cursor, limit=AT_ONCE)
        )
        yield write_rows([getattr(row, column) for column in AFFECTED] for row in page.items)
        cursor = page.next
        if cursor is None:
            return


async def _table(session: AsyncSession, moment: Moment, uid: str) -> AsyncIterator[bytes]:
    own = await get_own(session, moment, uid)
    yield write_rows([COLUMNS])
    async for part in reach_reports.walk_reach(session, own.row, moment.now):
        yield write_rows(_row(account) for account in part.accounts)


def _row(account: ReachAccountOut) -> list[Any]:
    counts = {
        "deliveries": len(account.deliveries),
        "delivered": sum(delivery.delivered_at is not None for delivery in account.deliveries),
    }
    return [counts[column] if column in counts else getattr(account, column) for column in COLUMNS]


async def _reach(session: AsyncSession, moment: Moment, uid: str) -> AsyncIterator[bytes]:
    own = await get_own(session, moment, uid)
    async for piece in reach_reports.reach_json(session, own.row, moment.now):
        yield piece


async def _evidence_json(session: AsyncSession, moment: Moment, uid: str) -> AsyncIterator[bytes]:
    evidence = await _collect(session, moment, uid)
    async for piece in reach_reports.evidence_json(session, evidence):
        yield piece


async def _evidence_html(session: AsyncSession, moment: Moment, uid: str) -> AsyncIterator[bytes]:
    evidence = await _collect(session, moment, uid)
    async for piece in reach_reports.evidence_html(session, evidence):
        yield piece


async def _collect(session: AsyncSession, moment: Moment, uid: str) -> reach_reports.ReachEvidence:
    own = await get_own(session, moment, uid)
    return await reach_reports.collect(
        session, own.row, title=own.title, product=own.product.slug, now=moment.now
    )


router = pages(
    download_affected,
    download_reach_table,
    download_reach,
    download_evidence,
    download_evidence_page,
)
