"""Whom a deprecation affects, who was notified, and how far its notices are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.deprecations import announcement_previews
from lifecycle.deprecations.audience.previews import Listing
from lifecycle.deprecations.evidence import deliveries, reach
from lifecycle.deprecations.evidence.delivery_counts import count_deliveries
from lifecycle.deprecations.notices.letters import WHY_IT_IS_POSSIBLY
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.deprecations.states import UNANNOUNCED
from lifecycle.errors import BadRequest, LifecycleError
from lifecycle.scheduler.channel_setup import sends_no_mail
from lifecycle.server import resent_messages
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Cursor, DeprecationId
from lifecycle.web.console.account_links import account_links
from lifecycle.web.console.deprecation_words import (
    DELIVERY_NAMES,
    MILESTONE_NAMES,
    count_accounts,
    describe_progress,
)
from lifecycle.web.console.own_deprecations import OwnDeprecation, View, get_own, viewing
from lifecycle.web.page_forms import REFUSALS, Form, Outcome, changing, see_other
from lifecycle.web.page_routes import form as form_route
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.rendered_pages import show
from notifications.errors import UnknownDeliveryError

if TYPE_CHECKING:
    from lifecycle.deprecations.evidence.delivery_counts import Progress

ON_A_PAGE = 50
REFRESH_SECONDS = 3
OUTCOMES = {
    "announced": "It is announced. Below is what becomes of each notice.",
    "already": "It had been announced before; nothing was sent again.",
    "amended": "It is amended. Below is what becomes of each notice.",
    "withdrawn": "It is withdrawn. Every account that was notified of it is notified of that too.",
    "replayed": "The notice is sent again.",
}
Only = Annotated[
    str | None,
    QueryParameter(description="`unreachable` for those accounts alone.", pattern="^unreachable$"),
]


@private_page("/console/deprecations/{deprecation:str}/affected", scope="publish", by_product=True)
async def show_affected(
    request: Request[Any, Any, Any],
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    only: Only = None,
    cursor: Cursor = None,
) -> Response[str]:
    """Name the accounts that a deprecation affects as it stands now."""
    own = await get_own(session, moment, deprecation)
    refused, audience = None, None
    try:
        outlook = await announcement_previews.look_ahead(
            session,
            own.row,
            now=moment.now,
            base=base_url(moment.app_state.settings),
            listing=Listing(unreachable=only is not None, cursor=cursor, limit=ON_A_PAGE),
        )
        audience = outlook.audience
    except LifecycleError as error:
        refused = error
    listed = audience.accounts if audience else ()
    return show(
        request,
        "console/affected.html",
        status=refused.status_code if refused else 200,
        title=f"Affected accounts: {own.title}",
        own=own,
        only=only,
        is_first=cursor is None,
        audience=audience,
        account_links=await account_links(session, moment, (row.account for row in listed)),
        refused=refused.detail if refused else None,
        today=moment.now.date(),
        **_words(own),
    )


@private_page("/console/deprecations/{deprecation:str}/reach", scope="publish", by_product=True)
async def show_reach(
    request: Request[Any, Any, Any],
    deprecation: DeprecationId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
    outcome: Outcome = None,
) -> Response[Any]:
    """Show who was notified, when and with what outcome; it is as current as the page."""
    own = await get_own(session, moment, deprecation)
    if own.row.state in UNANNOUNCED:
        return see_other(request, "console", "deprecations", deprecation)
    view = View(request, moment, session)
    return await _show(view, own, cursor=cursor, outcome=OUTCOMES.get(outcome or "", ""))


@form_route("/console/deprecations/{deprecation:str}/replay", scope="publish", by_product=True)
async def replay(
    request: Request[Any, Any, Any], deprecation: DeprecationId, form: NamedDependency[Form]
) -> Response[Any]:
    """Send a delivery of a deprecation's notice again, under the id it had."""
    try:
        number = form.number("delivery")
        if number is None:
            raise BadRequest("Choose the delivery to send again.")
        async with changing(request) as change:
            own = await get_own(change.session, change, deprecation)
            delivery = await deliveries.get(change.session, number, products=change.products)
            if delivery.thread != own.row.id:
                raise UnknownDeliveryError(f"There is no delivery {number}")
            await resent_messages.resend(change, number)
    except REFUSALS as refusal:
        again = form.refused(refusal)
        async with viewing(request) as view:
            own = await get_own(view.session, view.moment, deprecation)
            return await _show(view, own, form=again)
    return see_other(request, "console", "deprecations", deprecation, "reach", outcome="replayed")


async def _show(
    view: View,
    own: OwnDeprecation,
    *,
    form: Form | None = None,
    cursor: str | None = None,
    outcome: str = "",
) -> Response[str]:
    session, now = view.session, view.moment.now
    progress = await count_deliveries(session, now=now, deprecation=own.row)
    reached = await reach.reach(session, own.row, now=now, cursor=cursor, limit=ON_A_PAGE)
    named = (account.account for account in reached.accounts)
    form = form or Form({})
    return show(
        view.request,
        "console/reach.html",
        status=form.status,
        title=f"Reach: {own.title}",
        outcome=outcome,
        own=own,
        form=form,
        reached=reached,
        account_links=await account_links(session, view.moment, named),
        progress=progress,
        refresh=REFRESH_SECONDS if _is_under_way(progress) else None,
        is_first=cursor is None,
        no_mail=sends_no_mail(view.moment.app_state.settings),
        now=now,
        today=now.date(),
        **_words(own),
    )


def _is_under_way(progress: Progress) -> bool:
    return bool(progress.filling or progress.fresh)


def _words(own: OwnDeprecation) -> dict[str, Any]:
    name = own.product.name or own.product.slug
    return {
        "count_accounts": count_accounts,
        "milestone_names": MILESTONE_NAMES,
        "describe_progress": describe_progress,
        "delivery_names": DELIVERY_NAMES,
        "why_possibly": {
            code: text.format(product=name) for code, text in WHY_IT_IS_POSSIBLY.items()
        },
    }


router = pages(show_affected, show_reach, replay)
