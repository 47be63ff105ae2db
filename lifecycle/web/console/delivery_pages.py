"""What was delivered, or is to be: each attempt with the receiver's answer, and sending again."""

from __future__ import annotations

from functools import partial
from typing import Any, Final, NamedTuple

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response, Stream
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.database.pagination import Page
from lifecycle.deprecations.evidence import deliveries
from lifecycle.deprecations.evidence.deliveries import DeliveryOut
from lifecycle.deprecations.notices import repeated_deliveries
from lifecycle.errors import LifecycleError
from lifecycle.interchange.spreadsheets import MEDIA_TYPE as TABLE
from lifecycle.scheduler.channel_setup import sends_no_mail
from lifecycle.server import resent_messages
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import DeliveryId
from lifecycle.web.console.account_links import account_links
from lifecycle.web.console.deprecation_words import MILESTONE_NAMES
from lifecycle.web.page_forms import REFUSALS, Form, Outcome, changing, see_other
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import form, pages, private_document, private_page
from lifecycle.web.product_selections import read_choice
from lifecycle.web.rendered_pages import show
from lifecycle.web.table_files import Rows, pick, send_items, send_table, walk_pages
from notifications.models import DeliveryState

ON_A_PAGE: Final = 50
COLUMNS: Final = (
    *("id", "kind", "account", "channel", "deprecation", "milestone", "state", "reason"),
    *("created_at", "due_at", "tries", "delivered_at", "last_answer"),
)
ATTEMPTS: Final = ("at", "succeeded", "status", "answer", "milliseconds", "body_sha256")
STATES: Final = {
    DeliveryState.WAITING: "waiting",
    DeliveryState.DELIVERED: "delivered",
    DeliveryState.EXHAUSTED: "failed",
    DeliveryState.HELD: "held",
    DeliveryState.CANCELLED: "cancelled",
}
"""What states are called; ``held`` waits until its address goes on."""
TONES: Final = {
    DeliveryState.WAITING: "planned",
    DeliveryState.DELIVERED: "supported",
    DeliveryState.EXHAUSTED: "unsupported",
    DeliveryState.HELD: "ending",
    DeliveryState.CANCELLED: "unknown",
}
NO_MAIL: Final = "e-mail is not set up at this service"
OUTCOMES: Final = {"sent-again": "It is sent again, under the id that it had."}


class Fields(NamedTuple):
    """The fields of the form above the list, as they were filled in."""

    status: str | None
    account: str | None


async def provide_fields(status: FormText = None, account: FormText = None) -> Fields:
    """Return what the form asks for; an empty field asks nothing."""
    return Fields(filled(status), filled(account))


@private_page("/console/deliveries", scope="publish", by_product=True)
async def show_deliveries(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    fields: NamedDependency[Fields],
    cursor: FormText = None,
) -> Response[str]:
    """List deliveries, the newest first."""
    refusal, page = None, Page[DeliveryOut]([])
    try:
        page = await _page(session, moment, fields, cursor=filled(cursor), limit=ON_A_PAGE)
    except LifecycleError as error:
        refusal = error
    return show(
        request,
        "console/deliveries.html",
        status=refusal.status_code if refusal else 200,
        title="Deliveries",
        page=page,
        account_links=await account_links(session, moment, (row.account for row in page.items)),
        fields=fields,
        milestone_names=MILESTONE_NAMES,
        states=STATES,
        tones=TONES,
        is_first=not filled(cursor),
        refusal=refusal.detail if refusal else None,
    )


@private_document("/console/deliveries.csv", TABLE, scope="publish", by_product=True)
async def show_delivery_table(
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    fields: NamedDependency[Fields],
) -> Stream:
    """Send the deliveries that are asked for, all of them, as a table."""
    await _page(session, moment, fields, cursor=None, limit=1)  # refuses before the answer begins
    return send_table("deliveries.csv", COLUMNS, _rows(moment, fields))


@private_page("/console/deliveries/{delivery:str}", scope="publish", by_product=True)
async def show_delivery(
    request: Request[Any, Any, Any],
    delivery: DeliveryId,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    outcome: Outcome = None,
) -> Response[str]:
    """Show a delivery with all its attempts."""
    return await _shown(request, session, moment, delivery, Form({}), outcome)


@private_document(
    "/console/deliveries/{delivery:str}/attempts.csv", TABLE, scope="publish", by_product=True
)
async def show_attempt_table(
    delivery: DeliveryId, session: NamedDependency[AsyncSession], moment: NamedDependency[Moment]
) -> Stream:
    """Send the attempts of a delivery, the oldest first."""
    shown = await _delivery(session, moment, delivery)
    return send_items(f"delivery-{delivery}-attempts.csv", ATTEMPTS, shown.attempts)


@form("/console/deliveries/{delivery:str}/replay", scope="publish", by_product=True)
async def replay_delivery(
    request: Request[Any, Any, Any], delivery: DeliveryId, form: NamedDependency[Form]
) -> Response[Any]:
    """Send a delivery again, under the id it had."""
    try:
        async with changing(request, form) as change:
            await resent_messages.resend(change, delivery)
    except REFUSALS as refusal:
        moment = Moment(request)
        async with moment.app_state.store.reading() as session:
            again = form.refused(refusal)
            return await _shown(request, session, moment, delivery, again, None)
    return see_other(request, "console", "deliveries", str(delivery), outcome="sent-again")


async def _shown(
    request: Request[Any, Any, Any],
    session: AsyncSession,
    moment: Moment,
    delivery: int,
    form: Form,
    outcome: str | None,
) -> Response[str]:
    row = await deliveries.get(session, delivery, products=moment.products)
    shown = await _delivery(session, moment, delivery)
    return show(
        request,
        "console/delivery.html",
        status=form.status,
        title=f"Delivery {delivery}",
        delivery=shown,
        account_links=await account_links(session, moment, [row.owner]),
        why_not_again=NO_MAIL
        if shown.channel == "email" and sends_no_mail(moment.app_state.settings)
        else await repeated_deliveries.why_not_again(session, row, moment.now),
        form=form,
        milestone_names=MILESTONE_NAMES,
        states=STATES,
        tones=TONES,
        outcome=OUTCOMES.get(outcome or "", ""),
    )


async def _delivery(session: AsyncSession, moment: Moment, number: int) -> DeliveryOut:
    row = await deliveries.get(session, number, products=moment.products)
    (described,) = await deliveries.described(session, [row])
    return DeliveryOut.of(described)


async def _page(
    session: AsyncSession, moment: Moment, fields: Fields, *, cursor: str | None, limit: int
) -> Page[DeliveryOut]:
    owner = None
    if fields.account:
        owner = await deliveries.find_owner(session, fields.account, products=moment.products)
    return await deliveries.page_of_deliveries(
        session,
        state=read_choice("status", fields.status, DeliveryState),
        owner=owner,
        deprecation=None,
        products=moment.products,
        cursor=cursor,
        limit=limit,
    )


async def _rows(moment: Moment, fields: Fields) -> Rows:
    read = partial(_page, moment=moment, fields=fields)
    async for items in walk_pages(moment, read):
        yield pick(COLUMNS, items)


router = pages(
    show_deliveries,
    show_delivery_table,
    show_delivery,
    show_attempt_table,
    replay_delivery,
    fields=provide_fields,
)
