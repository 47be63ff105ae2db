"""endoflife.date's API v0: the files that its older clients fetch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from litestar import Router
from litestar.di import NamedDependency
from litestar.params import PathParameter
from litestar.response import Response

from lifecycle.api.endoflife_facts import cycled
from lifecycle.api.endoflife_lookup import (
    find_cycle,
)
from lifecycle.catalogue.queries import UnknownLine
from lifecycle.documents.patterns import PRINTABLE
from lifecycle.interchange import endoflife_v0 as v0
from lifecycle.server.dependencies import Moment
from lifecycle.server.moved_products import SUFFIX, MovedProduct
from lifecycle.server.processor_time import run_in_thread
from lifecycle.server.request_parameters import Slug
from lifecycle.server.routing import get

if TYPE_CHECKING:
    from datetime import datetime

    from lifecycle.answers.snapshots import Snapshot


File = Annotated[str, PathParameter(pattern=PRINTABLE)]


@get("/api/all.json", scope="public", summary="List products for older endoflife clients")
async def list_products(moment: NamedDependency[Moment]) -> list[str]:
    """List the slugs of the products."""
    return [snapshot.slug for snapshot in await moment.catalogue()]


@get("/api/{product_file:str}", scope="public", summary="Show a product to older endoflife clients")
async def show_product(
    product_file: File, moment: NamedDependency[Moment]
) -> Response[list[dict[str, Any]]]:
    """Show the lines of a product as release cycles; the file is its slug and ``.json``."""
    snapshot = await moment.snapshot(product_file.removesuffix(SUFFIX))
    if not product_file.endswith(SUFFIX):
        raise MovedProduct(snapshot.slug)
    return Response(await run_in_thread(_cycles, snapshot, moment.now))


@get(
    "/api/{product:str}/{file:str}",
    scope="public",
    summary="Show a release cycle to older endoflife clients",
)
async def show_cycle(product: Slug, file: File, moment: NamedDependency[Moment]) -> dict[str, Any]:
    """Show one line as a release cycle; the file is its name and ``.json``."""
    snapshot = await moment.snapshot(product)
    if not file.endswith(SUFFIX):
        raise UnknownLine(f"There is no {file[:100]!r} here; add {SUFFIX} to a cycle's name.")
    return await run_in_thread(_cycle, snapshot, file.removesuffix(SUFFIX), moment.now)


def _cycles(snapshot: Snapshot, now: datetime) -> list[dict[str, Any]]:
    return v0.write_product(cycled(snapshot, snapshot.today(now)))


def _cycle(snapshot: Snapshot, name: str, now: datetime) -> dict[str, Any]:
    product = cycled(snapshot, snapshot.today(now))
    return v0.write_cycle(product, find_cycle(product, name))


router = Router(
    "/",
    route_handlers=[list_products, show_product, show_cycle],
    tags=["endoflife"],
)
