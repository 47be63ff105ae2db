"""Releases as those who are signed in see them: of products they may see, plans included."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.catalogue import queries
from lifecycle.catalogue.models import Product, Release

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.server.dependencies import Moment


class OwnRelease(msgspec.Struct, frozen=True):
    """A release with its product."""

    row: Release
    product: Product
    today: date

    @property
    def title(self) -> str:
        """The product's name and the version, as a heading."""
        return f"{self.product.name or self.product.slug} {self.row.version}"


async def own_snapshot(moment: Moment, product: str) -> Snapshot:
    """Return all that is known of a product that may be seen, as the gate looks at it.

    Pages show of it what the caller may see.
    """
    await moment.snapshot(product)
    return await moment.app_state.snapshots.get(product)


async def get_own_release(
    session: AsyncSession, moment: Moment, product: str, version: str
) -> OwnRelease:
    """Return a release of a product that may be seen; any other product is unknown."""
    snapshot = await moment.snapshot(product)
    owner = await queries.get_product(session, product)
    row = await queries.get_release(session, owner, version)
    return OwnRelease(row, owner, snapshot.today(moment.now))
