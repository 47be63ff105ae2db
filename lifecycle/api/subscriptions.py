from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Router
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody
from litestar.response import Response
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import account_subscriptions, queries
from lifecycle.accounts.account_subscriptions import SubscriptionOut
from lifecycle.accounts.models import Account
from lifecycle.answers.accounts import visible_to
from lifecycle.catalogue.queries import vocabulary
from lifecycle.database.pagination import Page
from lifecycle.deprecations.evidence import deliveries
from lifecycle.deprecations.evidence.deliveries import DeliveryOut
from lifecycle.errors import BadRequest, Conflict, Forbidden, Problem
from lifecycle.server import requested_messages
from lifecycle.server.computed_lists import page_of
from lifecycle.server.dependencies import Change, IdempotencyKey, Moment, provide_keyed_change
from lifecycle.server.request_parameters import AccountSlug, Cursor, Limit, SubscriptionId
from lifecycle.server.routing import delete, get, patch, post
from notifications import subscriptions
from notifications.channels import ChannelName, find_channel
from notifications.models import DeliveryKind, Subscription, SubscriptionState

PRODUCT = "product:"

AddressText = Annotated[str, Meta(min_length=1, max_length=2000)]
Topics = tuple[Annotated[str, Meta(min_length=1, max_length=120)], ...]


class VouchingRefused(Forbidden):
    """Only the vendor may vouch for an address; others confirm it by the link they are sent."""


class WasUnsubscribed(Conflict):
    """The address was unsubscribed by its reader, who alone can subscribe it again."""


class SubscriptionIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an account wants its notices; ``*`` is every topic, ``product:<slug>`` one product's.

    ``confirmed``: the vendor vouches for an e-mail address, which else awaits its confirmation.
    """

    channel: ChannelName
    address: AddressText
    topics: Topics = ("*",)
    confirmed: bool = False


class SubscriptionPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes; ``state`` can become ``active`` where it was disabled."""

    topics: Topics | UnsetType = UNSET
    state: Literal["active"] | UnsetType = UNSET


@get("/v1/accounts/{account:str}/subscriptions", scope="account")
async def list_subscriptions(
    account: AccountSlug,
    session: NamedDependency[AsyncSession],
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[SubscriptionOut]:
    """List where an account gets its notices, the oldest first."""
    owner = await queries.get_account(session, account)
    listed = await account_subscriptions.listed(session, owner)
    page = page_of(
        listed, key=lambda subscription: f"{subscription.id:020}", cursor=cursor, limit=limit
    )
    return Page([SubscriptionOut.of(item) for item in page.items], page.next)


async def check_address_slowly(request: Request[Any, Any, Any]) -> None:
    """Refuse an address by the check that takes a while, before the store is locked."""
    try:
        facts = msgspec.json.decode(await request.body(), type=SubscriptionIn)
    except (msgspec.MsgspecError, UnicodeError):
        return  # the handler's own reading of it tells
    check = find_channel(facts.channel).check_slowly
    if check is not None and Moment(request).publishes:
        await asyncio.to_thread(check, facts.address)


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
    dependencies={"address_checked": Provide(check_address_slowly)},
)
async def add_subscription(
    account: AccountSlug, data: JSONBody[SubscriptionIn], change: NamedDependency[Change]
) -> Response[SubscriptionOut]:
    """Send an account's notices to an address; topics are added to those of a known address."""
    owner = await queries.get_account(change.session, account, lock=True)
    await _check(change, owner, data)
    added = await subscriptions.add(
        change.session,
        owner.slug,
        channel=data.channel,
        address=data.address,
        topics=data.topics,
        now=change.now,
        record=change.record,
        vault=change.app_state.vault,
        confirmed=data.confirmed,
        operator=change.publishes,
        allow_http=change.app_state.settings.allow_private_addresses,
    )
    if added.subscription.state == SubscriptionState.UNSUBSCRIBED:
        raise WasUnsubscribed
    if data.confirmed:
        await subscriptions.confirm(
            change.session, added.subscription, now=change.now, record=change.record, vouched=True
        )
    await requested_messages.ask_for_confirmation(change, added.subscription)
    uid = added.subscription.uid
    location = change.app_state.path("v1", "accounts", owner.slug, "subscriptions", uid)
    return Response(
        SubscriptionOut.of(added.subscription, added.secret),
        status_code=201 if added.new else 200,
        headers={"location": location},
    )


@get("/v1/accounts/{account:str}/subscriptions/{subscription:str}", scope="account")
async def show_subscription(
    account: AccountSlug,
    subscription: SubscriptionId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> SubscriptionOut:
    """Show a subscription."""
    row = await subscriptions.get(session, account, subscription)
    return moment.showing(SubscriptionOut.of(row), row.revision, public=False)


@patch(
    "/v1/accounts/{account:str}/subscriptions/{subscription:str}", scope="account", refuses=(429,)
)
async def change_subscription(
    account: AccountSlug,
    subscription: SubscriptionId,
    data: JSONBody[SubscriptionPatch],
    change: NamedDependency[Change],
) -> SubscriptionOut:
    """Change the topics, or enable it again; a new address needs a new subscription."""
    row = await _locked(change, account, subscription)
    if data.topics is not UNSET:
        owner = await queries.get_account(change.session, account)
        await _check_topics(change, owner, data.topics, before=row.topics)
        await subscriptions.change_topics(change.session, row, data.topics, record=change.record)
    if data.state is not UNSET:
        await subscriptions.enable(change.session, row, now=change.now, record=change.record)
    await requested_messages.ask_for_confirmation(change, row)
    return SubscriptionOut.of(row)


@delete("/v1/accounts/{account:str}/subscriptions/{subscription:str}", scope="account")
async def remove_subscription(
    account: AccountSlug, subscription: SubscriptionId, change: NamedDependency[Change]
) -> None:
    """Send no more notices there."""
    row = await _locked(change, account, subscription)
    await subscriptions.remove(change.session, row, now=change.now, record=change.record)


@post(
    "/v1/accounts/{account:str}/subscriptions/{subscription:str}/test",
    scope="account",
    refuses=(429,),
)
async def test_subscription(
    account: AccountSlug, subscription: SubscriptionId, change: NamedDependency[Change]
) -> Response[DeliveryOut]:
    """Send a test message there; the delivery shows the outcome."""
    row = await _locked(change, account, subscription)
    if row.state not in (SubscriptionState.ACTIVE, SubscriptionState.DISABLED):
        raise Conflict(f"Nothing can be sent to a subscription that is {row.state}.")
    delivery = await requested_messages.enqueue(change, row, DeliveryKind.TEST)
    (shown,) = await deliveries.described(change.session, [delivery])
    return Response(DeliveryOut.of(shown), status_code=201)


@post(
    "/v1/accounts/{account:str}/subscriptions/{subscription:str}/rotate",
    scope="account",
    status_code=200,
)
async def rotate_secret(
    account: AccountSlug, subscription: SubscriptionId, change: NamedDependency[Change]
) -> SubscriptionOut:
    """Give a webhook a new secret, shown once; for a day both are valid."""
    row = await _locked(change, account, subscription)
    secret = await subscriptions.rotate_secret(
        change.session, row, vault=change.app_state.vault, now=change.now, record=change.record
    )
    return SubscriptionOut.of(row, secret)


@post(
    "/v1/accounts/{account:str}/subscriptions/{subscription:str}/enable",
    scope="account",
    status_code=200,
)
async def enable_subscription(
    account: AccountSlug, subscription: SubscriptionId, change: NamedDependency[Change]
) -> SubscriptionOut:
    """Enable again what was disabled; it gets one catch-up for each standing deprecation."""
    row = await _locked(change, account, subscription)
    await subscriptions.enable(change.session, row, now=change.now, record=change.record)
    return SubscriptionOut.of(row)


async def _locked(change: Change, account: str, uid: str) -> Subscription:
    await queries.get_account(change.session, account, lock=True)
    row = await subscriptions.get(change.session, account, uid, lock=True)
    change.check(f"Subscription {uid!r}", row.revision)
    return row


async def _check(change: Change, owner: Account, data: SubscriptionIn) -> None:
    if data.confirmed and not change.publishes:
        problem = Problem("confirmed", "can only be set by the vendor", value=True, allowed="false")
        raise VouchingRefused(problems=[problem])
    await _check_topics(change, owner, data.topics)


async def _check_topics(
    change: Change, owner: Account, topics: Topics, before: Collection[str] = ()
) -> None:
    """Refuse the topic of a product that there is not: nothing would ever be told about it.

    For an account's own token one that is neither public nor run by it is none, unless the vendor
    has subscribed the address to it ``before``.
    """
    visibility = visible_to(owner, change.visibility)
    product_slugs = (await vocabulary(change.session, visibility)).products
    for place, topic in enumerate(topics):
        slug = topic.removeprefix(PRODUCT)
        if topic.startswith(PRODUCT) and slug not in product_slugs and topic not in before:
            field = f"topics[{place}]"
            problem = Problem(field, "is not a known product", value=topic)
            raise BadRequest(f"{field}: no product is called {slug!r}.", problems=[problem])


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
    ],
    tags=["notices"],
)
