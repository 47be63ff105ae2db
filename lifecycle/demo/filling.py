"""Writing the demo vendor into a store, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from lifecycle.accounts import imports as accounts
from lifecycle.calendar.zones import local_day, zone
from lifecycle.catalogue import imports, policies, queries
from lifecycle.catalogue.models import Product
from lifecycle.demo.vendor import vendor
from lifecycle.errors import Conflict

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.demo.vendor import DemoProduct

ZONE = "America/New_York"


class NotADemoStore(Conflict):
    """The store holds something else than the demo vendor."""


async def fill(session: AsyncSession, *, by: By) -> bool:
    """Fill an empty store with the vendor as of today; one that is filled keeps its first day.

    Says whether it filled anything. A store with other products is refused.
    """
    today = local_day(by.at, zone(ZONE))
    demo = vendor(today)
    found = set(await session.scalars(select(Product.slug)))
    own = {product.imported.product.slug for product in demo.products}
    if found - own:
        names = ", ".join(sorted(found - own)[:5])
        raise NotADemoStore(
            f"The store holds {names}, and the demo vendor does not mix with your own products; "
            "leave LIFECYCLE_DATABASE_URL out, and --demo uses a store of its own."
        )
    if found:
        return False
    for product in demo.products:
        await _fill_product(session, product, by=by, today=today)
    known = await queries.vocabulary(session)
    await accounts.apply(session, demo.accounts, by=by, today=today, known=known)
    return True


async def _fill_product(
    session: AsyncSession, product: DemoProduct, *, by: By, today: date
) -> None:
    await imports.apply(session, product.imported, by=by, today=today)
    stored = await queries.get_product(session, product.imported.product.slug)
    await policies.put(session, stored, product.policy, by=by)
