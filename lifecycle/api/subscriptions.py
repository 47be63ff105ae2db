from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Router
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody
from litestar.response import Response
from msgspec import UNSET, UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import account_subscriptions, queries
from lifecycle.accounts.account_subscriptions import SubscriptionIn, SubscriptionOut, Topics
from lifecycle.accounts.actions import moment_problems
from lifecycle.database.pagination import Page
from lifecycle.deprecations.evidence import deliveries
from lifecycle.deprecations.evidence.deliveries import DeliveryOut
from lifecycle.errors import BadRequest, Problem, raise_if_any
from lifecycle.server import address_changes, requested_messages, resent_messages
from lifecycle.server.computed_lists import page_of
from lifecycle.server.dependencies import Change, Moment, provide_keyed_change
from lifecycle.server.keyed_answers import IdempotencyKey
from lifecycle.server.request_parameters import AccountSlug, Cursor, Limit, SubscriptionId
from lifecycle.server.routing import delete, get, patch, post
from notifications import pauses, subscriptions


class SubscriptionPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes; ``state`` can become ``active`` where it was disabled."""

    topics: Topics | UnsetType = UNSET
    state: Literal["active"] | UnsetType = UNSET


class Resend(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes there again: one ``delivery``, or all notices queued ``since`` a moment."""

    delivery: Annotated[int, msgspec.Meta(ge=1, le=2**53)] | UnsetType = UNSET
    since: datetime | UnsetType = UNSET


class Resent(msgspec.Struct, frozen=True, kw_only=True):
    """How many deliveries go out again.

    Those tried within five minutes are not among them, nor those whose notice is no longer sent:
    it is superseded, withdrawn, or too late.
    """

    count: int


@get(
    "/v1/accounts/{account:str}/subscriptions",
    scope="account",
    by_product=True,
    summary="List an account's subscriptions",
)
async def list_subscriptions(
    account: AccountSlug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[SubscriptionOut]:
    """List where an account gets its notices, the oldest first."""
    owner = await queries.get_account(session, account, products=moment.products)
    listed = await account_subscriptions.listed(session, owner, products=moment.products)
    page = page_of(listed, key=account_subscriptions.place_of, cursor=cursor, limit=limit)
    shown = [SubscriptionOut.of(item, products=moment.products) for item in page.items]
    return Page(shown, page.next)


async def check_body_slowly(request: Request[Any, Any, Any]) -> None:
    """Refuse an address by the check that takes a while, before the store is locked."""
    try:
        facts = msgspec.json.decode(await request.body(), type=SubscriptionIn)
    except (msgspec.MsgspecError, UnicodeError):
        return  # the handler's own reading of it tells
    if Moment(request).publishes:
        await address_changes.check_address_slowly(facts)


async def provide_checked_change(
    request: Request[Any, Any, Any],
    address_checked: NamedDependency[None],  # noqa: ARG001 -- it comes before the lock
    idempotency_key: IdempotencyKey = None,
) -> AsyncGenerator[Change, None]:
    """Yield the change of an account's addresses."""
    async with asynccontextmanager(provide_keyed_change)(request, idempotency_key) as change:
        yield change


@post(
    "/v1/accounts/{account:str}/subscriptions",
    scope="account",
    provide=provide_checked_change,
    refuses=(429,),
    dependencies={"address_checked": Provide(check_body_slowly)},
    summary="Add a subscription",
)
async def add_subscription(
    account: AccountSlug, data: JSONBody[SubscriptionIn], change: NamedDependency[Change]
) -> Response[SubscriptionOut]:
    """Send an account's notices to an address; topics are added to those of a known address.

    Once it is active, it is sent one notice for each deprecation that stands for the account.
    """
    added = await address_changes.add_address(change, account, data)
    uid = added.subscription.uid
    location = change.app_state.path("v1", "accounts", account, "subscriptions", uid)
    return Response(
        SubscriptionOut.of(added.subscription, added.secret),
        status_code=201 if added.new else 200,
        headers={"location": location},
    )


@get(
    "/v1/accounts/{account:str}/subscriptions/{subscription:str}",
    scope="account",
    by_product=True,
)
async def show_subscription(
    account: AccountSlug,
    subscription: SubscriptionId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> SubscriptionOut:
    """Show a subscription."""
    row = await account_subscriptions.get(session, account, subscription, moment.products)
    shown = SubscriptionOut.of(row, products=moment.products)
    return moment.showing(shown, row.revision, public=False)


@patch(
    "/v1/accounts/{account:str}/subscriptions/{subscription:str}",
    scope="account",
    refuses=(429,),
    summary="Change a subscription",
)
async def change_subscription(
    account: AccountSlug,
    subscription: SubscriptionId,
    data: JSONBody[SubscriptionPatch],
    change: NamedDependency[Change],
) -> SubscriptionOut:
    """Change the topics, or enable it again; a new address needs a new subscription."""
    row = await address_changes.lock_address(change, account, subscription)
    if data.topics is not UNSET:
        await address_changes.change_topics(change, row, data.topics)
    if data.state is not UNSET:
        await pauses.enable(change.session, row, now=change.now, record=change.record)
    await requested_messages.ask_for_confirmation(change, row)
    return SubscriptionOut.of(row)


@delete(
    "/v1/accounts/{account:str}/subscriptions/{subscription:str}",
    scope="account",
    summary="Remove a subscription",
)
async def remove_subscription(
    account: AccountSlug, subscription: SubscriptionId, change: NamedDependency[Change]
) -> None:
    """Send no more notices there."""
    row = await address_changes.lock_address(change, account, subscription)
    await subscriptions.remove(change.session, row, now=change.now, record=change.record)


@post(
    "/v1/accounts/{account:str}/subscriptions/{subscription:str}/test",
    scope="account",
    refuses=(429,),
    summary="Send a test message",
)
async def test_subscription(
    account: AccountSlug, subscription: SubscriptionId, change: NamedDependency[Change]
) -> Response[DeliveryOut]:
    """Send a test message there; the delivery shows the outcome."""
    row = await address_changes.lock_address(change, account, subscription)
    delivery = await address_changes.send_test(change, row)
    (shown,) = await deliveries.described(change.session, [delivery])
    return Response(DeliveryOut.of(shown), status_code=201)


@post(
    "/v1/accounts/{account:str}/subscriptions/{subscription:str}/rotate",
    scope="account",
    status_code=200,
    summary="Rotate a webhook's secret",
)
async def rotate_secret(
    account: AccountSlug, subscription: SubscriptionId, change: NamedDependency[Change]
) -> SubscriptionOut:
    """Give a webhook a new secret, shown once; for a day both are valid."""
    row = await address_changes.lock_address(change, account, subscription)
    secret = await address_changes.rotate_secret(change, row)
    return SubscriptionOut.of(row, secret)


@post(
    "/v1/accounts/{account:str}/subscriptions/{subscription:str}/enable",
    scope="account",
    status_code=200,
    summary="Enable a disabled subscription",
)
async def enable_subscription(
    account: AccountSlug, subscription: SubscriptionId, change: NamedDependency[Change]
) -> SubscriptionOut:
    """Enable again what was disabled; it gets one catch-up for each standing deprecation."""
    row = await address_changes.lock_address(change, account, subscription)
    await pauses.enable(change.session, row, now=change.now, record=change.record)
    return SubscriptionOut.of(row)


@post(
    "/v1/accounts/{account:str}/subscriptions/{subscription:str}/pause",
    scope="account",
    status_code=200,
    summary="Pause a subscription",
)
async def pause_subscription(
    account: AccountSlug, subscription: SubscriptionId, change: NamedDependency[Change]
) -> SubscriptionOut:
    """Hold what would be delivered there until the address is resumed."""
    row = await address_changes.lock_address(change, account, subscription)
    await pauses.pause(change.session, row, now=change.now, record=change.record)
    return SubscriptionOut.of(row)


@post(
    "/v1/accounts/{account:str}/subscriptions/{subscription:str}/resume",
    scope="account",
    status_code=200,
    summary="Resume a paused subscription",
)
async def resume_subscription(
    account: AccountSlug, subscription: SubscriptionId, change: NamedDependency[Change]
) -> SubscriptionOut:
    """Deliver again where it was paused; it gets one catch-up for each standing deprecation."""
    row = await address_changes.lock_address(change, account, subscription)
    await pauses.resume(change.session, row, now=change.now, record=change.record)
    return SubscriptionOut.of(row)


@post(
    "/v1/accounts/{account:str}/subscriptions/{subscription:str}/resend",
    scope="account",
    status_code=200,
    refuses=(429,),
    summary="Send notices again",
)
async def resend_notices(
    account: AccountSlug,
    subscription: SubscriptionId,
    data: JSONBody[Resend],
    change: NamedDependency[Change],
) -> Resent:
    """Send one notice there again, or all since a moment, under the ids they had."""
    row = await address_changes.lock_address(change, account, subscription)
    match data.delivery, data.since:
        case int() as delivery, UnsetType():
            await resent_messages.resend_own(change, row, delivery)
            return Resent(count=1)
        case UnsetType(), datetime() as since:
            raise_if_any([*moment_problems("since", since)], subject="The request")
            count = await resent_messages.resend_since(change, row, since)
            return Resent(count=count)
    message = "give either `delivery` or `since`"
    raise BadRequest(f"{message.capitalize()}.", problems=[Problem("since", message)])


router = Router(
    "/",
    route_handlers=[
        list_subscriptions,
        add_subscription,
        show_subscription,
        change_subscription,
        remove_subscription,
        test_subscription,
        rotate_secret,
        enable_subscription,
        pause_subscription,
        resume_subscription,
        resend_notices,
    ],
    tags=["notices"],
)
