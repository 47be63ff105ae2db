"""The audit log, and the work list of what people must see to."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from litestar import Router
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.api.moments import Moment
from lifecycle.api.pages import page_of
from lifecycle.api.parameters import PRINTABLE, Cursor, Limit
from lifecycle.api.routing import get
from lifecycle.audit import queries as audit
from lifecycle.audit.chain import Entry
from lifecycle.audit.queries import Verdict
from lifecycle.catalogue import queries
from lifecycle.database.pages import Page

OfProduct = Annotated[
    str | None, QueryParameter(description="Entries about one product alone.", pattern=PRINTABLE)
]
MOST_PRODUCTS = 500


class WorkOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that needs a person."""

    kind: str
    product: str
    version: str
    since: date
    message: str


@get("/v1/audit", scope="publish")
async def list_entries(
    session: NamedDependency[AsyncSession],
    cursor: Cursor = None,
    limit: Limit = 100,
    product: OfProduct = None,
) -> Page[Entry]:
    """List what was done, by whom, the newest first."""
    found = await audit.entries(session, cursor=cursor, limit=limit, product=product)
    names = Entry.__struct_fields__
    return Page([Entry(*(getattr(e, name) for name in names)) for e in found.items], found.next)


@get("/v1/audit/verify", scope="publish")
async def verify(session: NamedDependency[AsyncSession]) -> Verdict:
    """Say whether the log is whole, or which entry was edited, removed or put elsewhere."""
    return await audit.verify(session)


@get("/v1/worklist", scope="publish")
async def show_worklist(
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[WorkOut]:
    """List what people must see to: plans whose day has passed without a release."""
    found = await _unconfirmed(session, moment)
    found.sort(key=lambda work: (work.product, work.since, work.version))
    return page_of(
        found,
        key=lambda work: "\n".join((work.product, str(work.since), work.version)),
        cursor=cursor,
        limit=limit,
    )


async def _unconfirmed(session: AsyncSession, moment: Moment) -> list[WorkOut]:
    works: list[WorkOut] = []
    cursor: str | None = None
    while True:
        products = await queries.list_products(session, cursor=cursor, limit=MOST_PRODUCTS)
        for product in products.items:
            today = await queries.today_for(session, product, moment.now)
            for plan in await queries.unconfirmed_plans(session, product, today=today):
                planned_on = plan.planned_on or today
                works.append(
                    WorkOut(
                        kind="unconfirmed_plan",
                        product=product.slug,
                        version=plan.version,
                        since=planned_on,
                        message=f"{product.slug} {plan.version} was planned for {planned_on} and "
                        "is not released: publish it, plan it anew, or void it.",
                    )
                )
        if products.next is None:
            return works
        cursor = products.next


router = Router("/", route_handlers=[list_entries, verify, show_worklist], tags=["evidence"])
