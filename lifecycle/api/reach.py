"""Before and after an announcement: whom it would reach, and whom it reached."""

from __future__ import annotations

from typing import Annotated

from litestar import Router
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts.queries import find_account, unknown_account
from lifecycle.deprecations import announcement_previews, queries
from lifecycle.deprecations.announcement_previews import DeprecationPreviewOut
from lifecycle.deprecations.evidence import reach
from lifecycle.deprecations.evidence.reach import ReachOut
from lifecycle.deprecations.models import Deprecation
from lifecycle.deprecations.notices import signed_links
from lifecycle.documents.patterns import PRINTABLE
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Cursor, DeprecationId, Limit
from lifecycle.server.routing import get

ForAccount = Annotated[
    str | None,
    QueryParameter(
        description="Whose notices to write; the first affected account's if left out.",
        pattern=PRINTABLE,
    ),
]


@get(
    "/v1/deprecations/{deprecation:str}/preview",
    scope="publish",
    by_product=True,
    refuses=(409,),
    summary="Preview an announcement",
)
async def preview(
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    account: ForAccount = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> DeprecationPreviewOut:
    """Say when it may take effect and why, whom it affects, and what they would read."""
    row = await _get(session, moment, deprecation)
    reader = None
    if account is not None:
        reader = await find_account(session, account)
        if reader is None:
            raise unknown_account(account, moment.products)
    return await announcement_previews.preview(
        session,
        row,
        now=moment.now,
        base=signed_links.base_url(moment.app_state.settings),
        account=reader,
        products=moment.products,
        cursor=cursor,
        limit=limit,
    )


@get(
    "/v1/deprecations/{deprecation:str}/reach",
    scope="publish",
    by_product=True,
    summary="Show who was notified",
)
async def show_reach(
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
    limit: Limit = 100,
) -> ReachOut:
    """Say who was notified, when and with what outcome; who acknowledged it, and who moved."""
    row = await _get(session, moment, deprecation)
    return await reach.reach(session, row, now=moment.now, cursor=cursor, limit=limit)


async def _get(session: AsyncSession, moment: Moment, uid: str) -> Deprecation:
    row = await queries.get(session, uid, visibility=moment.visibility)
    moment.check_limit((await queries.product_of(session, row)).slug)
    return row


router = Router("/", route_handlers=[preview, show_reach], tags=["deprecations"])
