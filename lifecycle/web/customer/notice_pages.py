"""What an account was told: the whole history, and each notice with its deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts import account_subscriptions
from lifecycle.accounts.account_subscriptions import SubscriptionOut
from lifecycle.accounts.queries import get_account
from lifecycle.deprecations.audience import recipients
from lifecycle.deprecations.evidence import deliveries, received
from lifecycle.deprecations.evidence.deliveries import DeliveryOut
from lifecycle.deprecations.evidence.notice_outputs import letter_of
from lifecycle.deprecations.notices import addressees
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.deprecations.queries import content_of
from lifecycle.deprecations.states import State
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import AccountSlug, Cursor, Name
from lifecycle.web.deprecation_sentences import name_change
from lifecycle.web.page_forms import Form, Outcome, changing, see_other
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from lifecycle.deprecations.evidence.received import Received

NOTICES_SHOWN = 50
ACKNOWLEDGED = "Thank you: the notice is acknowledged. Reminders still come while you are affected."
DONE = {"acknowledged": ACKNOWLEDGED}


@private_page("/my/{account:str}/notices", scope="account", by_product=True)
async def show_notices(
    request: Request[Any, Any, Any],
    account: AccountSlug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
) -> Response[str]:
    """Show all notices that an account was sent, the newest first."""
    owner = await get_account(session, account, products=moment.products)
    listed = await received.list_of(
        session, owner, products=moment.products, cursor=cursor, limit=NOTICES_SHOWN
    )
    return show(
        request,
        "customer/notices.html",
        title="Your notices",
        account=owner.slug,
        name=owner.name,
        notices=listed.items,
        following=listed.next,
        is_first=cursor is None,
        is_withdrawn=_is_withdrawn,
        name_of=_name_of,
    )


@private_page("/my/{account:str}/notices/{notice:str}", scope="account", by_product=True)
async def show_notice(
    request: Request[Any, Any, Any],
    account: AccountSlug,
    notice: Name,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    outcome: Outcome = None,
) -> Response[str]:
    """Show a notice as it was sent, what has changed since, and what became of its deliveries."""
    owner = await get_account(session, account, products=moment.products)
    row = await received.get(session, owner, notice, products=moment.products)
    base = base_url(moment.app_state.settings)
    state = await addressees.one(session, notice, owner.slug, moment.now, base)
    if state is None:
        raise recipients.UnknownNotice(f"{owner.slug} was sent no notice {notice[:100]!r}.")
    listed = await account_subscriptions.listed(session, owner, products=moment.products)
    addresses = [SubscriptionOut.of(address) for address in listed]
    letter = letter_of(row, state.addressee)
    rows = await deliveries.of_notice(session, row.notice, owner.slug)
    return show(
        request,
        "customer/notice.html",
        title=letter.title,
        account=owner.slug,
        name=owner.name,
        letter=letter,
        notice=row,
        deliveries=[DeliveryOut.of(delivery) for delivery in rows],
        addresses={address.id: address.address for address in addresses},
        outcome=DONE.get(outcome or "", ""),
    )


@form_route("/my/{account:str}/notices/{notice:str}/acknowledge", scope="account", by_product=True)
async def acknowledge(
    request: Request[Any, Any, Any],
    account: AccountSlug,
    notice: Name,
    form: NamedDependency[Form],
) -> Response[Any]:
    """Record that a person has read a notice; the first time counts."""
    async with changing(request) as change:
        owner = await get_account(change.session, account, products=change.products)
        await received.get(change.session, owner, notice, products=change.products)
        await recipients.acknowledge(change.session, owner, notice, by=change.by, now=change.now)
    segments = () if form.value("back") == "home" else ("notices", notice)
    return see_other(request, "my", account, *segments, outcome="acknowledged")


def _name_of(row: Received) -> str:
    product = row.product.name or row.product.slug
    return name_change(content_of(row.deprecation), product)


def _is_withdrawn(row: Received) -> bool:
    return row.deprecation.state == State.WITHDRAWN


router = pages(show_notices, show_notice, acknowledge)
