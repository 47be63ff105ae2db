from __future__ import annotations

import msgspec
from litestar import Router
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.response import Response
from msgspec import UNSET, UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.catalogue import products, queries
from lifecycle.catalogue.catalogue_inputs import Key, LineBy, ProductIn
from lifecycle.catalogue.catalogue_outputs import ProductOut
from lifecycle.catalogue.presentations import EndoflifeTiers, Presentation
from lifecycle.database.pagination import Page
from lifecycle.documents.patterns import Text
from lifecycle.gate import removals
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import Cursor, Limit, Slug
from lifecycle.server.routing import delete, get, named, post, put


class ProductPut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product, named by its path; a slug in the body must be the same."""

    slug: Key | None = None
    name: Text = ""
    scheme: Text = "semver"
    line_by: LineBy = "minor"
    identifiers: tuple[Text, ...] = ()
    aliases: tuple[Key, ...] = ()
    public: bool | UnsetType = UNSET
    endoflife: EndoflifeTiers | UnsetType | None = UNSET
    presentation: Presentation | UnsetType | None = UNSET


@get(
    "/v1/products",
    scope="public",
    summary="List the products",
)
async def list_products(
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[ProductOut]:
    """List the products by slug."""
    page = await queries.list_products(
        session, visibility=moment.visibility, cursor=cursor, limit=limit
    )
    moment.unkept(public=not moment.publishes)
    return Page([ProductOut.of(product) for product in page.items], page.next)


@post(
    "/v1/products",
    scope="publish",
    summary="Add a product",
)
async def add_product(
    data: JSONBody[ProductIn], change: NamedDependency[Change]
) -> Response[ProductOut]:
    """Add a new product; a name, identifier or alias that another one has is refused."""
    product = await products.create(
        change.session, data, by=change.by, visibility=change.visibility
    )
    location = {"location": change.app_state.path("v1", "products", product.slug)}
    return Response(ProductOut.of(product), status_code=201, headers=location)


@get("/v1/products/{product:str}", scope="public")
async def show_product(
    product: Slug, session: NamedDependency[AsyncSession], moment: NamedDependency[Moment]
) -> ProductOut:
    """Show a product."""
    await moment.snapshot(product)
    row = await queries.get_product(session, product)
    return moment.showing(ProductOut.of(row), row.revision)


@put(
    "/v1/products/{product:str}",
    scope="publish",
    creates=ProductOut,
    summary="Add or replace a product",
)
async def put_product(
    product: Slug, data: JSONBody[ProductPut], change: NamedDependency[Change]
) -> Response[ProductOut]:
    """Add a product, or replace what is known of it.

    A name, identifier or alias that another product has is refused.
    """
    facts = named(data, ProductIn, slug=product)
    row, new = await products.put(
        change.session,
        facts,
        by=change.by,
        expected=change.expected,
        visibility=change.visibility,
    )
    return Response(ProductOut.of(row), status_code=201 if new else 200)


@delete(
    "/v1/products/{product:str}",
    scope="publish",
    by_product=False,
    summary="Remove a product",
)
async def remove_product(product: Slug, change: NamedDependency[Change]) -> None:
    """Remove a product that was entered by mistake; refused while anything rests on it."""
    await removals.remove_product(change.session, product, by=change.by, expected=change.expected)


router = Router(
    "/",
    route_handlers=[list_products, add_product, show_product, put_product, remove_product],
    tags=["products"],
)
