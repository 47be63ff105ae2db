"""Where an account is notified: all its addresses, and each with its deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import account_subscriptions
from lifecycle.accounts.account_subscriptions import PRODUCT, SubscriptionOut
from lifecycle.accounts.queries import get_account
from lifecycle.answers.accounts import visible_to
from lifecycle.catalogue.queries import product_names
from lifecycle.deprecations.evidence import deliveries
from lifecycle.deprecations.evidence.deliveries import DeliveryOut
from lifecycle.deprecations.notices.repeated_deliveries import whys_not_sent
from lifecycle.scheduler.channel_setup import sends_no_mail
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import AccountSlug, Cursor, SubscriptionId
from lifecycle.web import product_choices
from lifecycle.web.page_forms import Form, Outcome
from lifecycle.web.page_routes import private_page
from lifecycle.web.rendered_pages import CHANNEL_LABELS, show
from notifications.addresses import ALL
from notifications.channels import CHANNELS
from notifications.outbox import TOLD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.accounts.models import Account
    from notifications.models import Subscription

DONE = {
    "address-added": "The address is added.",
    "address-removed": "The address is removed; nothing is sent there any more.",
    "asked": "A message is to be sent there. Its link confirms the address.",
    "tested": "A test message is to be sent; reload this page to see its answer.",
    "paused": "The address is paused. What would go there is held.",
    "resumed": "The address gets notices again, starting with what it missed.",
    "enabled": "The address is enabled again, starting with what it missed.",
    "topics-changed": "What it is notified of is changed.",
    "resent": "It is sent again; reload this page to see the answer.",
    "nothing-resent": "There was nothing to send again since then; what is over is not sent again.",
}
PROMISES = {DONE["asked"], DONE["tested"], DONE["resent"]}
"""What is not said of an address to which nothing can be sent."""
STATE_LABELS = {
    "pending": "Not confirmed",
    "active": "Active",
    "disabled": "Disabled",
    "paused": "Paused",
    "unsubscribed": "Unsubscribed",
}
STATE_TONES = {"active": "supported", "disabled": "unsupported", "pending": "ending"}
"""The looks of a version's status that states share; others look like one that is not declared."""
LABELS = dict.fromkeys(product_choices.LABELS, "Notices")
DELIVERIES_SHOWN = 25


@private_page("/my/{account:str}/addresses", scope="account", by_product=True)
async def show_addresses(
    request: Request[Any, Any, Any],
    account: AccountSlug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    outcome: Outcome = None,
) -> Response[str]:
    """Show where an account is notified, and ask for another address."""
    form = Form.filled(channel="webhook", which=product_choices.ALL)
    return await address_list(
        request, account, session, moment, form=form, outcome=DONE.get(outcome or "", "")
    )


@private_page("/my/{account:str}/addresses/{subscription:str}", scope="account", by_product=True)
async def show_address(
    request: Request[Any, Any, Any],
    account: AccountSlug,
    subscription: SubscriptionId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
    outcome: Outcome = None,
) -> Response[str]:
    """Show an address, what was delivered there lately, and what can be done about it."""
    return await address_page(
        request,
        account,
        subscription,
        session,
        moment,
        cursor=cursor,
        outcome=DONE.get(outcome or "", ""),
    )


async def address_list(
    request: Request[Any, Any, Any],
    account: str,
    session: AsyncSession,
    moment: Moment,
    *,
    form: Form,
    outcome: str = "",
) -> Response[str]:
    """Show an account's addresses with the form that adds one."""
    products = moment.products
    owner = await get_account(session, account, products=products)
    listed = await account_subscriptions.listed(session, owner, products=products)
    return show(
        request,
        "customer/addresses.html",
        status=form.status,
        title="Where you are notified",
        account=owner.slug,
        name=owner.name,
        addresses=[SubscriptionOut.of(row, products=products) for row in listed],
        may_change=products is None,
        channels=_channels(moment),
        products=await _products(session, owner, moment),
        state_labels=STATE_LABELS,
        state_tones=STATE_TONES,
        form=form,
        labels=LABELS,
        outcome=outcome,
    )


async def address_page(  # noqa: PLR0913 -- keyword-only ones read well
    request: Request[Any, Any, Any],
    account: str,
    uid: str,
    session: AsyncSession,
    moment: Moment,
    *,
    form: Form | None = None,
    secret: str | None = None,
    cursor: str | None = None,
    outcome: str = "",
) -> Response[str]:
    """Show an address; the ``secret`` of a webhook is what was just made for it."""
    products = moment.products
    owner = await get_account(session, account, products=products)
    row = await account_subscriptions.get(session, owner.slug, uid, products)
    delivered = await deliveries.list_of(
        session,
        owner=owner.slug,
        subscription=row,
        products=products,
        cursor=cursor,
        limit=DELIVERIES_SHOWN,
    )
    described = await deliveries.described(session, delivered.items)
    over = await whys_not_sent(session, delivered.items, moment.now)
    channel = CHANNELS[row.channel]
    no_mail = channel.name == "email" and sends_no_mail(moment.app_state.settings)
    chosen = [topic.removeprefix(PRODUCT) for topic in row.topics if topic != ALL]
    extent = product_choices.ALL if ALL in row.topics else product_choices.SOME
    form = form or Form.filled(which=extent, products=chosen)
    return show(
        request,
        "customer/address.html",
        status=form.status,
        title=f"{CHANNEL_LABELS.get(row.channel, row.channel)} {_shown(row)}",
        account=owner.slug,
        name=owner.name,
        address=SubscriptionOut.of(row, products=products),
        may_change=products is None,
        signs=channel.signs,
        no_mail=no_mail,
        testable=row.state in TOLD and not no_mail,
        deliveries=[DeliveryOut.of(delivery) for delivery in described],
        over=over,
        following=delivered.next,
        is_first=cursor is None,
        products=await _products(session, owner, moment, chosen),
        state_labels=STATE_LABELS,
        state_tones=STATE_TONES,
        secret=secret,
        form=form,
        labels=LABELS,
        outcome="" if no_mail and outcome in PROMISES else outcome,
    )


def _shown(row: Subscription) -> str:
    return SubscriptionOut.of(row).address


def _channels(moment: Moment) -> list[tuple[str, str]]:
    """Return the channels that who asks may add; a chat's address is the operator's to give."""
    return [
        (name, CHANNEL_LABELS.get(name, name))
        for name, channel in CHANNELS.items()
        if moment.publishes or not channel.hides_address
    ]


async def _products(
    session: AsyncSession, owner: Account, moment: Moment, chosen: Sequence[str] = ()
) -> list[tuple[str, str]]:
    """Return the products of which an address of an account may be notified, with their names."""
    names = await product_names(session, visible_to(owner, moment.visibility))
    return product_choices.list_choices(dict(zip(chosen, chosen, strict=True)) | names)
