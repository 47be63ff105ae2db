from __future__ import annotations

from typing import Annotated

from litestar import Router
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts.queries import get_account
from lifecycle.database.pagination import Page
from lifecycle.deprecations import queries
from lifecycle.deprecations.evidence import deliveries
from lifecycle.deprecations.evidence.deliveries import DeliveryOut, Progress
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import (
    PRINTABLE,
    AccountSlug,
    Cursor,
    DeliveryId,
    Limit,
    OfDeprecation,
)
from lifecycle.server.routing import get, post
from notifications import replays
from notifications.models import DeliveryState

OfState = Annotated[DeliveryState | None, QueryParameter(description="Only those in this state.")]
OfAccount = Annotated[
    str | None, QueryParameter(description="Only those to this account.", pattern=PRINTABLE)
]


@get("/v1/deliveries", scope="publish", refuses=(404,))
async def list_deliveries(
    session: NamedDependency[AsyncSession],
    status: OfState = None,
    account: OfAccount = None,
    deprecation: OfDeprecation = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[DeliveryOut]:
    """List deliveries, the newest first."""
    owner = (await get_account(session, account)).slug if account else None
    about = await queries.get(session, deprecation) if deprecation else None
    return await deliveries.page_of_deliveries(
        session, state=status, owner=owner, deprecation=about, cursor=cursor, limit=limit
    )


@get("/v1/deliveries/progress", scope="publish", refuses=(404,))
async def show_progress(
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    deprecation: OfDeprecation = None,
) -> Progress:
    """Show the progress of deliveries, of one deprecation or of all."""
    about = await queries.get(session, deprecation) if deprecation else None
    return await deliveries.progress(session, now=moment.now, deprecation=about)


@get("/v1/deliveries/{delivery:str}", scope="publish")
async def show_delivery(
    delivery: DeliveryId, session: NamedDependency[AsyncSession]
) -> DeliveryOut:
    """Show a delivery with all its attempts."""
    row = await deliveries.get(session, delivery)
    (shown,) = await deliveries.described(session, [row])
    return DeliveryOut.of(shown)


@post("/v1/deliveries/{delivery:str}/replay", scope="publish", status_code=200)
async def replay_delivery(delivery: DeliveryId, change: NamedDependency[Change]) -> DeliveryOut:
    """Send a delivery again, under the id it had."""
    row = await replays.replay(change.session, delivery, now=change.now, record=change.record)
    (shown,) = await deliveries.described(change.session, [row])
    return DeliveryOut.of(shown)


@get("/v1/accounts/{account:str}/deliveries", scope="account")
async def list_own_deliveries(
    account: AccountSlug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    status: OfState = None,
    deprecation: OfDeprecation = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[DeliveryOut]:
    """List what was delivered to an account, or is to be, the newest first."""
    owner = (await get_account(session, account)).slug
    about = None
    if deprecation:
        about = await queries.get(session, deprecation, visibility=moment.visibility)
    return await deliveries.page_of_deliveries(
        session, state=status, owner=owner, deprecation=about, cursor=cursor, limit=limit
    )


router = Router(
    "/",
    route_handlers=[
        list_deliveries,
        show_progress,
        show_delivery,
        replay_delivery,
        list_own_deliveries,
    ],
    tags=["notices"],
)
