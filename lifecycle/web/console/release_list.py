"""A product's releases as the vendor has them: planned and withdrawn ones too."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Response, Stream
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.catalogue import queries
from lifecycle.catalogue.models import Release
from lifecycle.database.pagination import Page
from lifecycle.errors import BadRequest
from lifecycle.interchange.spreadsheets import MEDIA_TYPE as TABLE
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Slug
from lifecycle.web.console.own_products import provide_product_list
from lifecycle.web.console.release_words import OUTCOMES, STATE_NAMES, STATE_TONES, state_of
from lifecycle.web.page_forms import Outcome, see_other
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import pages, private_document, private_page
from lifecycle.web.product_lists import ProductList
from lifecycle.web.rendered_pages import show
from lifecycle.web.table_files import Rows, pick, send_table, walk_pages

ON_A_PAGE: Final = 50
COLUMNS: Final = (
    *("version", "line", "released_on", "planned_on", "stage", "prerelease", "withdrawn_on"),
    *("restored_on", "notes_url", "registered_at"),
)
"""By the names that the API has for them."""


@private_page("/console/releases", scope="release", by_product=True)
async def choose_product(
    request: Request[Any, Any, Any], product_list: NamedDependency[ProductList]
) -> Response[Any]:
    """Ask for the product, unless there is but one."""
    if product_list.only is not None:
        return see_other(request, "console", "releases", product_list.only.slug)
    return show(
        request,
        "console/release_products.html",
        title="Releases",
        product_list=product_list,
    )


@private_page("/console/releases/{product:str}", scope="release")
async def show_releases(
    request: Request[Any, Any, Any],
    product: Slug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: FormText = None,
    outcome: Outcome = None,
) -> Response[str]:
    """List a product's releases, the highest version first."""
    snapshot = await moment.snapshot(product)
    owner = await queries.get_product(session, product)
    refusal, page = None, Page[Release]([])
    try:
        page = await queries.list_releases(
            session, owner, cursor=filled(cursor), limit=ON_A_PAGE, descending=True
        )
    except BadRequest as error:
        refusal = error.detail
    return show(
        request,
        "console/releases.html",
        status=400 if refusal else 200,
        title=f"Releases of {snapshot.known.name or product}",
        product=snapshot.known,
        page=page,
        is_first=not filled(cursor),
        refusal=refusal,
        today=snapshot.today(moment.now),
        state_of=state_of,
        state_names=STATE_NAMES,
        state_tones=STATE_TONES,
        may_change=moment.publishes,
        outcome=OUTCOMES.get(outcome or "", ""),
    )


@private_document("/console/releases/{product:str}/releases.csv", TABLE, scope="release")
async def show_release_table(product: Slug, moment: NamedDependency[Moment]) -> Stream:
    """Send all releases of a product as a table."""
    await moment.snapshot(product)
    return send_table(f"{product}-releases.csv", COLUMNS, _rows(moment, product))


async def _rows(moment: Moment, product: str) -> Rows:
    async def read(session: AsyncSession, **part: Any) -> Page[Release]:
        owner = await queries.get_product(session, product)
        return await queries.list_releases(session, owner, descending=True, **part)

    async for releases in walk_pages(moment, read):
        yield pick(COLUMNS, releases)


router = pages(choose_product, show_releases, show_release_table, product_list=provide_product_list)
