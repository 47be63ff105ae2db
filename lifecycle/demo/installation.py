"""Writing the demo vendor and its past into a store, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from lifecycle.calendar.zones import local_day, zone
from lifecycle.catalogue.models import Product
from lifecycle.demo import history
from lifecycle.demo.simulated_past import ZONE
from lifecycle.demo.vendor import vendor
from lifecycle.errors import Conflict

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.demo.history import Note
    from notifications.secrets import Vault


class NotADemoStore(Conflict):
    """The store holds something other than the demo vendor."""


async def fill(
    session: AsyncSession,
    *,
    by: By,
    vault: Vault,
    note: Note | None = None,
    place: str = "The store",
) -> bool:
    """Fill an empty store with the vendor and its past up to today; a filled one stays as it is.

    Says whether it filled anything. A store with other products and without the vendor's is
    refused; ``place`` names it then. ``note`` is given each day of the past as it begins.
    """
    today = local_day(by.at, zone(ZONE))
    demo = vendor(today)
    slugs = set(await session.scalars(select(Product.slug)))
    own = {product.imported.product.slug for product in demo.products}
    if slugs & own:
        return False
    if slugs:
        names = ", ".join(sorted(slugs)[:5])
        raise NotADemoStore(
            f"{place} holds {names} and no demo, and the demo vendor is not added to a store of "
            "your own. Leave LIFECYCLE_DATABASE_URL out, and --demo uses a separate store; if it "
            "is this one, move it away, and --demo makes another."
        )
    await history.live(session, demo, by=by, today=today, vault=vault, note=note)
    return True
