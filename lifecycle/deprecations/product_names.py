"""Giving a product another slug, as long as nothing that people were told names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from lifecycle.accounts import tokens
from lifecycle.accounts.models import Instance
from lifecycle.audit.actions import append
from lifecycle.catalogue import queries
from lifecycle.catalogue.claimed_names import refuse_slug
from lifecycle.catalogue.consistency import product_slug_problems
from lifecycle.catalogue.models import Product
from lifecycle.catalogue.products import ProductExists, stored_values
from lifecycle.deprecations.models import Deprecation
from lifecycle.errors import Conflict, raise_if_any
from notifications.topics import rename_topic

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By


class NameIsKept(Conflict):
    """Notices that were sent name the product by its slug."""


async def check(session: AsyncSession, product: Product, slug: str) -> None:
    """Refuse to rename a product to a slug as ``rename`` does; nothing is stored."""
    raise_if_any(product_slug_problems("slug", slug), subject=f"The slug {slug[:100]!r}")
    former = product.slug
    if await queries.find_product(session, slug) is not None:
        raise ProductExists(f"Product {slug!r} already exists; {former!r} cannot be renamed to it.")
    await refuse_slug(session, slug, former=former)
    named = select(Deprecation.id).where(Deprecation.product_id == product.id).limit(1)
    if await session.scalar(named) is not None:
        raise NameIsKept(
            f"{former!r} cannot be renamed: it has deprecations, whose notices and links name it."
        )


def as_renamed(product: Product, slug: str) -> Product:
    """Return a product as it is once it is renamed, apart from the store."""
    values = stored_values(product) | {"aliases": _aliases_as(product, slug)}
    return Product(id=product.id, slug=slug, **values)


async def rename(session: AsyncSession, product: Product, slug: str, *, by: By) -> None:
    """Give a product another slug, and keep the former as an alias.

    Instances, topics and the scopes of tokens follow. Refused where another product has it as a
    slug or alias, and where there are deprecations: notices and links name the product. Evidence
    keeps the name of its day.
    """
    await check(session, product, slug)
    former = product.slug
    product.aliases, product.slug = _aliases_as(product, slug), slug
    product.revision += 1
    await session.execute(update(Instance).where(Instance.product == former).values(product=slug))
    await rename_topic(session, f"product:{former}", f"product:{slug}")
    await tokens.rename_product(session, former, slug)
    details = {"before": former, "after": slug}
    for name in (former, slug):  # whoever has answers of either looks again
        append(session, by, "product.renamed", name, product=name, details=details)
    await session.flush()


def _aliases_as(product: Product, slug: str) -> list[str]:
    """Return the aliases that a product has then: its former slug is one."""
    return [*(alias for alias in product.aliases if alias != slug), product.slug]
