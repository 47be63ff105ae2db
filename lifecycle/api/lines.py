from __future__ import annotations

from litestar import Router
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.catalogue import lines, queries
from lifecycle.catalogue.catalogue_inputs import LineIn
from lifecycle.catalogue.catalogue_outputs import DeclaredLineOut
from lifecycle.database.pagination import Page
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import Cursor, Limit, Name, Slug
from lifecycle.server.routing import get, put


@get(
    "/v1/products/{product:str}/lines",
    scope="public",
    summary="List a product's declared lines",
)
async def list_lines(
    product: Slug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[DeclaredLineOut]:
    """List the lines that declare something, in their order."""
    await moment.snapshot(product)
    owner = await queries.get_product(session, product)
    page = await queries.list_lines(session, owner, cursor=cursor, limit=limit)
    return Page([DeclaredLineOut.of(line) for line in page.items], page.next)


@get(
    "/v1/products/{product:str}/lines/{line:str}",
    scope="public",
    summary="Show what a line declares",
)
async def show_line(
    product: Slug,
    line: Name,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> DeclaredLineOut:
    """Show what a line declares."""
    await moment.snapshot(product)
    owner = await queries.get_product(session, product)
    row = await queries.get_line(session, owner, line)
    return moment.showing(DeclaredLineOut.of(row), row.revision)


@put("/v1/products/{product:str}/lines/{line:str}", scope="publish", creates=DeclaredLineOut)
async def put_line(
    product: Slug, line: Name, data: JSONBody[LineIn], change: NamedDependency[Change]
) -> Response[DeclaredLineOut]:
    """Declare a line; a day moves earlier, and a first day at all, only with a ``correction``."""
    owner = await queries.get_product(change.session, product)
    row, new = await lines.put(
        change.session, owner, line, data, by=change.by, expected=change.expected
    )
    return Response(DeclaredLineOut.of(row), status_code=201 if new else 200)


router = Router("/", route_handlers=[list_lines, show_line, put_line], tags=["lines"])
