"""The vendor's list of deprecations: drafts, what is announced, and what is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts.scopes import touches
from lifecycle.catalogue.queries import get_product
from lifecycle.database.pagination import Page
from lifecycle.deprecations import deprecation_outputs
from lifecycle.deprecations.queries import Filter
from lifecycle.deprecations.states import Status
from lifecycle.errors import LifecycleError
from lifecycle.server.dependencies import Moment
from lifecycle.web.console.deprecation_words import STATUS_NAMES, STATUS_TONES
from lifecycle.web.deprecation_sentences import name_change
from lifecycle.web.page_forms import Outcome
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import pages, private_page
from lifecycle.web.product_selections import read_choice
from lifecycle.web.rendered_pages import show

if TYPE_CHECKING:
    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.deprecations.deprecation_outputs import DeprecationOut

ON_A_PAGE = 50
OUTCOMES = {"deleted": "The draft is deleted. Nobody was notified of it."}


@private_page("/console/deprecations", scope="release", by_product=True)
async def show_deprecations(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    product: FormText = None,
    status: FormText = None,
    cursor: FormText = None,
    outcome: Outcome = None,
) -> Response[str]:
    """List deprecations, the newest first; drafts to those who may publish."""
    product, status, cursor = filled(product), filled(status), filled(cursor)
    refusal, listed = None, Page["DeprecationOut"]([])
    try:
        listed = await _list(session, moment, product, status, cursor)
    except LifecycleError as error:
        refusal = error
    own = await own_products(moment)
    names = {snapshot.slug: snapshot.known.name or snapshot.slug for snapshot in own}
    return show(
        request,
        "console/deprecations.html",
        status=refusal.status_code if refusal else 200,
        title="Deprecations",
        outcome=OUTCOMES.get(outcome or "", ""),
        rows=[(row, name_change(row, names.get(row.product, row.product))) for row in listed.items],
        next_cursor=listed.next,
        products=names,
        product=product,
        chosen_status=status,
        status_names=STATUS_NAMES,
        status_tones=STATUS_TONES,
        is_first=cursor is None,
        may_publish=moment.publishes,
        refusal=refusal.detail if refusal else None,
        today=moment.now.date(),
    )


async def _list(
    session: AsyncSession,
    moment: Moment,
    product: str | None,
    status: str | None,
    cursor: str | None,
) -> Page[DeprecationOut]:
    owner = await get_product(session, product, visibility=moment.visibility) if product else None
    return await deprecation_outputs.page_of_deprecations(
        session,
        Filter(
            product=owner,
            products=moment.products,
            status=read_choice("status", status, Status),
        ),
        now=moment.now,
        visibility=moment.visibility,
        cursor=cursor,
        limit=ON_A_PAGE,
    )


async def own_products(moment: Moment) -> list[Snapshot]:
    """Return the products that the caller may touch, by slug."""
    return [
        snapshot for snapshot in await moment.catalogue() if touches(moment.products, snapshot.slug)
    ]


router = pages(show_deprecations)
