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
from lifecycle.deprecations.evidence.deliveries import DeliveryOut
from lifecycle.deprecations.evidence.delivery_counts import Progress, count_deliveries
from lifecycle.deprecations.models import Deprecation
from lifecycle.documents.patterns import PRINTABLE
from lifecycle.server import resent_messages
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import (
    AccountSlug,
    Cursor,
    DeliveryId,
    Limit,
    OfDeprecation,
)
from lifecycle.server.routing import get, post
from notifications.models import DeliveryState

OfState = Annotated[DeliveryState | None, QueryParameter(description="Only those in this state.")]
OfAccount = Annotated[
    str | None, QueryParameter(description="Only those to this account.", pattern=PRINTABLE)
]


@get(
    "/v1/deliveries",
    scope="publish",
    by_product=True,
    refuses=(404,),
    summary="List the deliveries",
)
async def list_deliveries(
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    status: OfState = None,
    account: OfAccount = None,
    deprecation: OfDeprecation = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[DeliveryOut]:
    """List deliveries, the newest first."""
    owner = None
    if account:
        owner = await deliveries.find_owner(session, account, products=moment.products)
    return await deliveries.page_of_deliveries(
        session,
        state=status,
        owner=owner,
        deprecation=await _about(session, moment, deprecation),
        products=moment.products,
        cursor=cursor,
        limit=limit,
    )


@get(
    "/v1/deliveries/progress",
    scope="publish",
    by_product=True,
    refuses=(404,),
    summary="Show the progress of deliveries",
)
async def show_progress(
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    deprecation: OfDeprecation = None,
) -> Progress:
    """Show the progress of deliveries, of one deprecation or of all."""
    return await count_deliveries(
        session,
        now=moment.now,
        deprecation=await _about(session, moment, deprecation),
        products=moment.products,
    )


@get(
    "/v1/deliveries/{delivery:str}",
    scope="publish",
    by_product=True,
    summary="Show a delivery",
)
async def show_delivery(
    delivery: DeliveryId, session: NamedDependency[AsyncSession], moment: NamedDependency[Moment]
) -> DeliveryOut:
    """Show a delivery with all its attempts."""
    row = await deliveries.get(session, delivery, products=moment.products)
    (shown,) = await deliveries.described(session, [row])
    return DeliveryOut.of(shown)


@post(
    "/v1/deliveries/{delivery:str}/replay",
    scope="publish",
    by_product=True,
    status_code=200,
    summary="Send a delivery again",
)
async def replay_delivery(delivery: DeliveryId, change: NamedDependency[Change]) -> DeliveryOut:
    """Send a delivery again, under the id it had; not where its notice is no longer sent."""
    row = await resent_messages.resend(change, delivery)
    (shown,) = await deliveries.described(change.session, [row])
    return DeliveryOut.of(shown)


@get(
    "/v1/accounts/{account:str}/deliveries",
    scope="account",
    by_product=True,
    summary="List an account's deliveries",
)
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
    owner = (await get_account(session, account, products=moment.products)).slug
    return await deliveries.page_of_deliveries(
        session,
        state=status,
        owner=owner,
        deprecation=await _about(session, moment, deprecation),
        products=moment.products,
        cursor=cursor,
        limit=limit,
    )


async def _about(
    session: AsyncSession, moment: Moment, deprecation: str | None
) -> Deprecation | None:
    """Return the deprecation that is asked about, if one is and who asks may know it."""
    if not deprecation:
        return None
    row = await queries.get(session, deprecation, visibility=moment.visibility)
    moment.check_limit((await queries.product_of(session, row)).slug)
    return row


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
