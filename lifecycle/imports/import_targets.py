"""The product that a file is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from lifecycle.answers.snapshot_cache import Snapshots
from lifecycle.calendar.zones import zone
from lifecycle.catalogue import consistency, queries
from lifecycle.catalogue.catalogue_inputs import ProductIn
from lifecycle.catalogue.products import facts_of
from lifecycle.errors import BadRequest, raise_if_any
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from lifecycle.audit.chain import By
    from lifecycle.catalogue.catalogue_inputs import LineBy
    from lifecycle.catalogue.models import Product
    from lifecycle.database import Store
    from lifecycle.interchange.version_fit import Fit


class Target(msgspec.Struct, frozen=True):
    """The product a file is for, and what it is made as if there is none yet."""

    slug: str
    scheme: str | None = None
    line_by: str | None = None
    zone: str | None = None

    def check(self) -> None:
        """Refuse a scheme or zone that does not exist, before anything is read."""
        if self.scheme:
            scheme(self.scheme)
        if self.zone:
            zone(self.zone, field="zone")


def product_of(product: Product | None, target: Target, fit: Fit | None = None) -> ProductIn:
    """Return the product's facts: as stored, else as asked for, else as its versions suggest."""
    if product is None:
        guessed = "semver" if fit is None else fit.scheme if fit.good else "declared"
        name = target.scheme or guessed
        line_by = target.line_by or ("minor" if scheme(name).units_possible else "declared")
        return ProductIn(slug=target.slug, scheme=name, line_by=cast("LineBy", line_by))
    options: dict[str, Any] = {"scheme": target.scheme, "line_by": target.line_by}
    for field, value in options.items():
        if value and value != getattr(product, field):
            raise BadRequest(
                f"{product.slug} is known already, with {field} {getattr(product, field)!r}, "
                f"not {value!r}; leave that out, or change the product first."
            )
    return facts_of(product)


async def known_product(store: Store, target: Target, by: By) -> tuple[Product | None, ZoneInfo]:
    """Return the product if it is known, and the zone its days are counted in.

    A name that no new product may have is refused.
    """
    async with store.reading() as session:
        product = await queries.find_product(session, target.slug)
    if product is None:
        problems = consistency.product_slug_problems("product", target.slug)
        raise_if_any(problems, subject=f"The product {target.slug[:100]!r}")
    if target.zone or product is None:
        return product, zone(target.zone or "UTC")
    return product, (await Snapshots(store, lambda: by.at).get(target.slug)).zone(by.at)
