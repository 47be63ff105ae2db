"""The vendor's list of deprecations: drafts, what is announced, and what is over."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response, Stream
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.catalogue.queries import get_product
from lifecycle.database.pagination import Page
from lifecycle.deprecations import deprecation_outputs
from lifecycle.deprecations.queries import Filter
from lifecycle.deprecations.states import Status
from lifecycle.errors import LifecycleError
from lifecycle.interchange.spreadsheets import MEDIA_TYPE as TABLE
from lifecycle.server.dependencies import Moment
from lifecycle.web.console.deprecation_words import STATUS_NAMES, STATUS_TONES
from lifecycle.web.console.own_products import own_products
from lifecycle.web.deprecation_sentences import name_change
from lifecycle.web.page_forms import Outcome
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import pages, private_document, private_page
from lifecycle.web.product_selections import read_choice
from lifecycle.web.rendered_pages import show
from lifecycle.web.table_files import Rows, send_table, walk_pages

if TYPE_CHECKING:
    from lifecycle.deprecations.deprecation_outputs import DeprecationOut

ON_A_PAGE = 50
LISTED = (
    *("id", "product", "kind", "status", "lines", "range", "feature", "whole_product"),
    *("effective_on", "last_effective_on", "announced_on", "withdrawn_at", "reason"),
)
"""The columns of the list; ``effective_on`` and ``last_effective_on`` are its first and last."""
OUTCOMES = {"deleted": "The draft is deleted. Nobody was notified of it."}


class Fields(NamedTuple):
    """The fields of the form above the list, as they were filled in."""

    product: str | None
    status: str | None


async def provide_fields(product: FormText = None, status: FormText = None) -> Fields:
    """Return what the form asks for; an empty field asks nothing."""
    return Fields(filled(product), filled(status))


@private_page("/console/deprecations", scope="release", by_product=True)
async def show_deprecations(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    fields: NamedDependency[Fields],
    cursor: FormText = None,
    outcome: Outcome = None,
) -> Response[str]:
    """List deprecations, the newest first; drafts to those who may publish."""
    refusal, listed = None, Page["DeprecationOut"]([])
    try:
        listed = await _list(session, moment, fields, cursor=filled(cursor), limit=ON_A_PAGE)
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
        product=fields.product,
        chosen_status=fields.status,
        status_names=STATUS_NAMES,
        status_tones=STATUS_TONES,
        is_first=not filled(cursor),
        may_publish=moment.publishes,
        refusal=refusal.detail if refusal else None,
        today=moment.now.date(),
    )


@private_document("/console/deprecations.csv", TABLE, scope="release", by_product=True)
async def show_deprecation_table(
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    fields: NamedDependency[Fields],
) -> Stream:
    """Send the deprecations that are asked for, all of them, as a table."""
    await _list(session, moment, fields, cursor=None, limit=1)  # refuses before the answer begins
    return send_table("deprecations.csv", LISTED, _rows(moment, fields))


async def _list(
    session: AsyncSession, moment: Moment, fields: Fields, *, cursor: str | None, limit: int
) -> Page[DeprecationOut]:
    slug, visibility = fields.product, moment.visibility
    return await deprecation_outputs.page_of_deprecations(
        session,
        Filter(
            product=await get_product(session, slug, visibility=visibility) if slug else None,
            products=moment.products,
            status=read_choice("status", fields.status, Status),
        ),
        now=moment.now,
        visibility=visibility,
        cursor=cursor,
        limit=limit,
    )


async def _rows(moment: Moment, fields: Fields) -> Rows:
    async for items in walk_pages(moment, partial(_list, moment=moment, fields=fields)):
        yield [_listed(row) for row in items]


def _listed(row: DeprecationOut) -> list[Any]:
    days = sorted(row.days.values())
    values = {
        "lines": " ".join(row.lines or ()) or None,
        "effective_on": days[0] if days else None,
        "last_effective_on": days[-1] if days else None,
    }
    return [values[column] if column in values else getattr(row, column) for column in LISTED]


router = pages(show_deprecations, show_deprecation_table, fields=provide_fields)
