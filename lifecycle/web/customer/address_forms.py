"""What a customer does about its addresses: add, test, rotate, pause, resume, resend, remove."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import PathParameter
from litestar.response import Response

from lifecycle.accounts.account_subscriptions import PRODUCT, SubscriptionIn
from lifecycle.errors import BadRequest, LifecycleError, Problem
from lifecycle.server import address_changes, requested_messages, resent_messages
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import AccountSlug, DeliveryId, SubscriptionId
from lifecycle.web.customer.address_pages import (
    address_list,
    address_page,
    show_address,
    show_addresses,
)
from lifecycle.web.page_forms import REFUSALS, Form, changing, reading, see_other
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages
from lifecycle.web.product_choices import PRODUCTS, read_products
from notifications import pauses, subscriptions
from notifications.addresses import ALL
from notifications.channels import CHANNELS
from notifications.models import SubscriptionState

if TYPE_CHECKING:
    from lifecycle.server.dependencies import Change
    from notifications.errors import NotificationError
    from notifications.models import Subscription

ADDRESS = "/my/{account:str}/addresses/{subscription:str}"
LONGEST_ADDRESS = 2000


class Act(StrEnum):
    """What a button of an address's page does to it, by the end of the path it is sent to."""

    TEST = "test"
    CONFIRMATION = "confirmation"
    PAUSE = "pause"
    RESUME = "resume"
    TOPICS = "topics"
    RESEND = "resend"


Action = Callable[["Change", "Subscription", Form], Awaitable[str]]
"""What an act does to an address that is locked; it returns the key of what is then said."""
ActName = Annotated[Act, PathParameter(description="What is to be done to the address.")]


@form_route("/my/{account:str}/addresses", scope="account")
async def add_address(
    request: Request[Any, Any, Any], account: AccountSlug, form: NamedDependency[Form]
) -> Response[Any]:
    """Add an address; a webhook's secret is shown in the answer, and never again."""
    try:
        facts = _facts(form)
        if Moment(request).publishes:
            await address_changes.check_address_slowly(facts)
        async with changing(request) as change:
            added = await address_changes.add_address(change, account, facts)
            uid, state = added.subscription.uid, added.subscription.state
    except REFUSALS as refusal:
        refused = _refused(form, refusal)
        async with reading(request) as session:
            return await address_list(request, account, session, Moment(request), form=refused)
    if added.secret is None:
        outcome = "asked" if state == SubscriptionState.PENDING else "address-added"
        return see_other(request, "my", account, "addresses", uid, outcome=outcome)
    return await _with_secret(request, account, uid, added.secret)


@form_route(f"{ADDRESS}/{{act:str}}", scope="account")
async def act_on_address(
    request: Request[Any, Any, Any],
    account: AccountSlug,
    subscription: SubscriptionId,
    act: ActName,
    form: NamedDependency[Form],
) -> Response[Any]:
    """Do something to an address, and lead back to it with what was done."""
    return await _act(request, account, subscription, form, ACTS[act])


@form_route(f"{ADDRESS}/remove", scope="account")
async def remove(
    request: Request[Any, Any, Any],
    account: AccountSlug,
    subscription: SubscriptionId,
    form: NamedDependency[Form],
) -> Response[Any]:
    """Send nothing there any more."""
    async with changing(request, form) as change:
        row = await address_changes.lock_address(change, account, subscription)
        await subscriptions.remove(change.session, row, now=change.now, record=change.record)
    return see_other(request, "my", account, "addresses", outcome="address-removed")


@form_route(f"{ADDRESS}/rotate", scope="account")
async def rotate(
    request: Request[Any, Any, Any],
    account: AccountSlug,
    subscription: SubscriptionId,
    form: NamedDependency[Form],
) -> Response[Any]:
    """Give a webhook a new secret, shown in the answer and never again."""
    try:
        async with changing(request, form) as change:
            row = await address_changes.lock_address(change, account, subscription)
            secret = await address_changes.rotate_secret(change, row)
    except REFUSALS as refusal:
        return await _shown_again(request, account, subscription, form.refused(refusal))
    return await _with_secret(request, account, subscription, secret)


@form_route(f"{ADDRESS}/deliveries/{{delivery:str}}/resend", scope="account")
async def resend_one(
    request: Request[Any, Any, Any],
    account: AccountSlug,
    subscription: SubscriptionId,
    delivery: DeliveryId,
    form: NamedDependency[Form],
) -> Response[Any]:
    """Send one delivery again, under the id it had."""

    async def resend(change: Change, row: Subscription, _form: Form) -> str:
        await resent_messages.resend_own(change, row, delivery)
        return "resent"

    return await _act(request, account, subscription, form, resend)


async def _test(change: Change, row: Subscription, _form: Form) -> str:
    await address_changes.send_test(change, row)
    return "tested"


async def _ask_again(change: Change, row: Subscription, _form: Form) -> str:
    resent_messages.check_channel(change, row)
    await requested_messages.ask_for_confirmation(change, row)
    return "asked"


async def _pause(change: Change, row: Subscription, _form: Form) -> str:
    await pauses.pause(change.session, row, now=change.now, record=change.record)
    return "paused"


async def _resume(change: Change, row: Subscription, _form: Form) -> str:
    """Deliver there again, be it paused or disabled, starting with what it missed."""
    is_paused = row.state == SubscriptionState.PAUSED
    start = pauses.resume if is_paused else pauses.enable
    await start(change.session, row, now=change.now, record=change.record)
    return "resumed" if is_paused else "enabled"


async def _change_topics(change: Change, row: Subscription, form: Form) -> str:
    await address_changes.change_topics(change, row, _topics(form))
    return "topics-changed"


async def _resend_since(change: Change, row: Subscription, form: Form) -> str:
    """Send all notices again that went there since a day."""
    day = form.day("since")
    if day is None:
        problem = Problem("since", "is empty; enter the first day")
        raise BadRequest("Enter the first day.", problems=[problem])
    since = datetime.combine(day, time(), UTC)
    count = await resent_messages.resend_since(change, row, since)
    return "resent" if count else "nothing-resent"


ACTS: Final[Mapping[Act, Action]] = {
    Act.TEST: _test,
    Act.CONFIRMATION: _ask_again,
    Act.PAUSE: _pause,
    Act.RESUME: _resume,
    Act.TOPICS: _change_topics,
    Act.RESEND: _resend_since,
}


async def _act(
    request: Request[Any, Any, Any],
    account: str,
    uid: str,
    form: Form,
    action: Action,
) -> Response[Any]:
    """Do something to an address that is locked, and lead back to it with what was done."""
    try:
        async with changing(request, form) as change:
            row = await address_changes.lock_address(change, account, uid)
            outcome = await action(change, row, form)
    except REFUSALS as refusal:
        return await _shown_again(request, account, uid, _refused(form, refusal))
    return see_other(request, "my", account, "addresses", uid, outcome=outcome)


async def _shown_again(
    request: Request[Any, Any, Any], account: str, uid: str, form: Form
) -> Response[str]:
    async with reading(request) as session:
        return await address_page(request, account, uid, session, Moment(request), form=form)


async def _with_secret(
    request: Request[Any, Any, Any], account: str, uid: str, secret: str
) -> Response[str]:
    async with reading(request) as session:
        return await address_page(request, account, uid, session, Moment(request), secret=secret)


def _facts(form: Form) -> SubscriptionIn:
    channel, address = form.text("channel"), form.text("address")
    if channel not in CHANNELS:
        problem = Problem("channel", "is not a channel", allowed=", ".join(CHANNELS))
        raise BadRequest(f"channel {channel[:40]!r} is not a channel.", problems=[problem])
    if not 0 < len(address) <= LONGEST_ADDRESS:
        message = f"must have 1 to {LONGEST_ADDRESS} characters"
        raise BadRequest(f"address {message}.", problems=[Problem("address", message)])
    return SubscriptionIn(channel=channel, address=address, topics=_topics(form))


def _refused(form: Form, refusal: LifecycleError | NotificationError) -> Form:
    """Return the form with what is wrong with its products, which are an address's topics."""
    places = range(len(form.values(PRODUCTS)))
    return form.refused(refusal, {f"topics[{place}]": PRODUCTS for place in places})


def _topics(form: Form) -> tuple[str, ...]:
    products = read_products(form)
    return (ALL,) if products is None else tuple(f"{PRODUCT}{slug}" for slug in products)


router = pages(
    show_addresses, show_address, add_address, act_on_address, remove, rotate, resend_one
)
