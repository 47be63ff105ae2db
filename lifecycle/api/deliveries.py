from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Router
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts.queries import get_account
from lifecycle.database.pagination import Page
from lifecycle.deprecations import queries
from lifecycle.deprecations.evidence import deliveries
from lifecycle.deprecations.evidence.deliveries import AttemptOut, Described, Progress
from lifecycle.deprecations.models import Deprecation
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
from notifications.identity import webhook_id
from notifications.models import DeliveryKind, DeliveryState

OfState = Annotated[DeliveryState | None, QueryParameter(description="Only those in this state.")]
OfAccount = Annotated[
    str | None, QueryParameter(description="Only those to this account.", pattern=PRINTABLE)
]


class DeliveryOut(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one subscription; ``webhook_id`` is by which a receiver knows a repeat."""

    id: int
    kind: DeliveryKind
    account: str
    subscription: str
    channel: str
    deprecation: str | None
    notice: str | None
    milestone: str | None
    webhook_id: str | None
    state: DeliveryState
    reason: str | None
    created_at: datetime
    due_at: datetime | None
    tries: int
    delivered_at: datetime | None
    last_answer: str | None
    attempts: list[AttemptOut]

    @classmethod
    def of(cls, found: Described) -> DeliveryOut:
        """Show a delivery."""
        delivery, notice, subscription = found.delivery, found.notice, found.subscription
        return cls(
            id=delivery.id,
            kind=DeliveryKind(delivery.kind),
            state=DeliveryState(delivery.state),
            account=delivery.owner,
            subscription=subscription.uid,
            channel=subscription.channel,
            deprecation=found.deprecation.uid if found.deprecation else None,
            notice=notice.uid if notice else None,
            milestone=notice.milestone if notice else None,
            webhook_id=webhook_id(notice.uid, subscription.uid) if notice else None,
            reason=delivery.reason,
            created_at=delivery.created_at,
            due_at=delivery.due_at,
            tries=delivery.tries,
            delivered_at=delivery.delivered_at,
            last_answer=found.attempts[-1].answer if found.attempts else None,
            attempts=[AttemptOut.of(attempt) for attempt in found.attempts],
        )


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
    return await _listed(session, status, owner, about, cursor, limit)


@get("/v1/deliveries/progress", scope="publish", refuses=(404,))
async def show_progress(
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    deprecation: OfDeprecation = None,
) -> Progress:
    """Say how far deliveries are, of one deprecation or of all."""
    about = await queries.get(session, deprecation) if deprecation else None
    return await deliveries.progress(session, now=moment.now, deprecation=about)


@get("/v1/deliveries/{delivery:str}", scope="publish")
async def show_delivery(
    delivery: DeliveryId, session: NamedDependency[AsyncSession]
) -> DeliveryOut:
    """Show a delivery with all its attempts."""
    found = await deliveries.get(session, delivery)
    (shown,) = await deliveries.described(session, [found])
    return DeliveryOut.of(shown)


@post("/v1/deliveries/{delivery:str}/replay", scope="publish", status_code=200)
async def replay_delivery(delivery: DeliveryId, change: NamedDependency[Change]) -> DeliveryOut:
    """Send a delivery again, under the id it had."""
    found = await replays.replay(change.session, delivery, now=change.now, record=change.record)
    (shown,) = await deliveries.described(change.session, [found])
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
        about = await queries.get(session, deprecation, drafts=moment.publishes)
    return await _listed(session, status, owner, about, cursor, limit)


async def _listed(
    session: AsyncSession,
    state: DeliveryState | None,
    owner: str | None,
    deprecation: Deprecation | None,
    cursor: str | None,
    limit: int,
) -> Page[DeliveryOut]:
    found = await deliveries.list_of(
        session, state=state, owner=owner, deprecation=deprecation, cursor=cursor, limit=limit
    )
    shown = await deliveries.described(session, found.items)
    return Page([DeliveryOut.of(each) for each in shown], found.next)


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
