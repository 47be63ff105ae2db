"""What was delivered, or is to be: each attempt with the receiver's answer, and sending again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response, Stream
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts.queries import get_account
from lifecycle.database.pagination import Page
from lifecycle.deprecations.evidence import deliveries
from lifecycle.deprecations.evidence.deliveries import DeliveryOut
from lifecycle.errors import LifecycleError
from lifecycle.interchange.spreadsheets import MEDIA_TYPE as TABLE
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import DeliveryId
from lifecycle.web.console.table_files import send_table
from lifecycle.web.page_forms import REFUSALS, Form, Outcome, changing, see_other
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import form, pages, private_document, private_page
from lifecycle.web.product_selections import read_choice
from lifecycle.web.rendered_pages import show
from notifications import replays
from notifications.models import DeliveryState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

ON_A_PAGE: Final = 50
IN_A_PIECE: Final = 500
COLUMNS: Final = (
    *("id", "kind", "account", "channel", "deprecation", "milestone", "state", "reason"),
    *("created_at", "due_at", "tries", "delivered_at", "last_answer"),
)
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
        page = await _page(session, moment, fields, filled(cursor), limit=ON_A_PAGE)
    except LifecycleError as error:
        refusal = error
    return show(
        request,
        "console/deliveries.html",
        status=refusal.status_code if refusal else 200,
        title="Deliveries",
        page=page,
        fields=fields,
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
    await _page(session, moment, fields, None, limit=1)  # refuses before the answer begins
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


@form("/console/deliveries/{delivery:str}/replay", scope="publish", by_product=True)
async def replay_delivery(
    request: Request[Any, Any, Any], delivery: DeliveryId, form: NamedDependency[Form]
) -> Response[Any]:
    """Send a delivery again, under the id it had."""
    try:
        async with changing(request, form) as change:
            await deliveries.get(change.session, delivery, products=change.products)
            await replays.replay(change.session, delivery, now=change.now, record=change.record)
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
    (described,) = await deliveries.described(session, [row])
    return show(
        request,
        "console/delivery.html",
        status=form.status,
        title=f"Delivery {delivery}",
        delivery=DeliveryOut.of(described),
        form=form,
        states=STATES,
        tones=TONES,
        outcome=OUTCOMES.get(outcome or "", ""),
    )


async def _page(
    session: AsyncSession, moment: Moment, fields: Fields, cursor: str | None, *, limit: int
) -> Page[DeliveryOut]:
    owner = None
    if fields.account:
        owner = (await get_account(session, fields.account, products=moment.products)).slug
    return await deliveries.page_of_deliveries(
        session,
        state=read_choice("status", fields.status, DeliveryState),
        owner=owner,
        deprecation=None,
        products=moment.products,
        cursor=cursor,
        limit=limit,
    )


async def _rows(moment: Moment, fields: Fields) -> AsyncIterator[list[Sequence[Any]]]:
    cursor = None
    async with moment.app_state.store.reading() as session:
        while True:
            page = await _page(session, moment, fields, cursor, limit=IN_A_PIECE)
            yield [[getattr(row, column) for column in COLUMNS] for row in page.items]
            cursor = page.next
            if cursor is None:
                return


router = pages(
    show_deliveries, show_delivery_table, show_delivery, replay_delivery, fields=provide_fields
)
