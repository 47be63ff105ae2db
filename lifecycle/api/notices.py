from __future__ import annotations

from litestar import Router
from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts.queries import get_account
from lifecycle.database.pagination import Page
from lifecycle.deprecations.audience import recipients
from lifecycle.deprecations.evidence import notice_outputs, received
from lifecycle.deprecations.evidence.notice_outputs import NoticeOut, NoticeTextOut
from lifecycle.deprecations.notices import signed_links
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import AccountSlug, Cursor, Limit, Name
from lifecycle.server.routing import get, post


@get(
    "/v1/accounts/{account:str}/notices",
    scope="account",
    by_product=True,
    summary="List an account's notices",
)
async def list_notices(
    account: AccountSlug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[NoticeOut]:
    """List the notices that an account was sent, the newest first."""
    owner = await get_account(session, account, products=moment.products)
    return await notice_outputs.page_of_notices(
        session, owner, now=moment.now, products=moment.products, cursor=cursor, limit=limit
    )


@get(
    "/v1/accounts/{account:str}/notices/{notice:str}",
    scope="account",
    by_product=True,
    summary="Show a notice",
)
async def show_notice(
    account: AccountSlug,
    notice: Name,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> NoticeTextOut:
    """Show a notice in its own words."""
    owner = await get_account(session, account, products=moment.products)
    base = signed_links.base_url(moment.app_state.settings)
    return await notice_outputs.notice_text(
        session, owner, notice, now=moment.now, base=base, products=moment.products
    )


@post(
    "/v1/accounts/{account:str}/notices/{notice:str}/acknowledge",
    scope="account",
    by_product=True,
    status_code=200,
    summary="Acknowledge a notice",
)
async def acknowledge_notice(
    account: AccountSlug, notice: Name, change: NamedDependency[Change]
) -> NoticeOut:
    """Record that a person has read it; the first time counts."""
    owner = await get_account(change.session, account, products=change.products)
    await received.get(change.session, owner, notice, products=change.products)
    await recipients.acknowledge(change.session, owner, notice, by=change.by, now=change.now)
    row = await received.get(change.session, owner, notice)
    return await notice_outputs.shown(change.session, row, change.now)


router = Router(
    "/", route_handlers=[list_notices, show_notice, acknowledge_notice], tags=["notices"]
)
