from __future__ import annotations

from litestar import Router
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.response import Response
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.catalogue import waivers
from lifecycle.catalogue.models import Product
from lifecycle.catalogue.waivers import WaiverIn, WaiverOut
from lifecycle.database.pagination import Page
from lifecycle.gate.verdicts import refuse_unknown_subject
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import Cursor, Limit, Name, OfProduct
from lifecycle.server.routing import delete, get, post


@get(
    "/v1/waivers",
    scope="publish",
    by_product=True,
    refuses=(404,),
    summary="List the waivers",
)
async def list_waivers(
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    product: OfProduct = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[WaiverOut]:
    """List waivers, the newest first; revoked and expired ones too."""
    owner = await moment.product(session, product) if product else None
    return await waivers.page_of_waivers(
        session, owner, products=moment.products, cursor=cursor, limit=limit
    )


@post(
    "/v1/waivers",
    scope="publish",
    by_product=True,
    refuses=(404,),
    summary="Grant a waiver",
)
async def grant_waiver(
    data: JSONBody[WaiverIn], change: NamedDependency[Change]
) -> Response[WaiverOut]:
    """Record who decides that a rule may be broken, why, for what, and until when."""
    product = await change.product(change.session, data.product)
    today = await change.today(product)
    waiver = await waivers.grant(change.session, data, by=change.by, today=today, product=product)
    if data.subject is not None:
        await refuse_unknown_subject(change.session, product, data.subject)
    location = {"location": change.app_state.path("v1", "waivers", waiver.uid)}
    return Response(WaiverOut.of(waiver, product), status_code=201, headers=location)


@get("/v1/waivers/{waiver:str}", scope="publish", by_product=True)
async def show_waiver(
    waiver: Name, session: NamedDependency[AsyncSession], moment: NamedDependency[Moment]
) -> WaiverOut:
    """Show a waiver."""
    row = await waivers.get(session, waiver, products=moment.products)
    shown = await waivers.show(session, row)
    moment.unkept(public=False)
    return shown


@delete("/v1/waivers/{waiver:str}", scope="publish", by_product=True)
async def revoke_waiver(waiver: Name, change: NamedDependency[Change]) -> None:
    """Revoke a waiver; what was announced under it stands."""
    row = await waivers.get(change.session, waiver, products=change.products)
    product = await change.session.get_one(Product, row.product_id)
    await waivers.revoke(change.session, row, product, by=change.by)


router = Router(
    "/",
    route_handlers=[list_waivers, grant_waiver, show_waiver, revoke_waiver],
    tags=["deprecations"],
)
