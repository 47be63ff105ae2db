"""What products were called before they were renamed, as the log tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
from sqlalchemy import select

from lifecycle.audit.models import AuditEntry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy.ext.asyncio import AsyncSession

RENAMED = "product.renamed"


class Name(NamedTuple):
    """A slug, and the entries of the log between which it means a product; None is for good."""

    slug: str
    since: int = 0
    until: int | None = None


class FormerNames(msgspec.Struct, frozen=True):
    """The slugs of a product, from its first to that of today."""

    names: tuple[Name, ...]

    @property
    def identity(self) -> str:
        """What ids derive from: the first slug, told from a product that was called so before."""
        first = self.names[0]
        return f"{first.slug}@{first.since}" if first.since else first.slug

    def had(self, slug: str, seq: int) -> bool:
        """Return whether an entry of the log that names a slug is about this product.

        >>> FormerNames((Name("node", 0, 7), Name("nodejs", 7))).had("node", 9)
        False
        """
        return any(
            name.slug == slug and name.since <= seq and (name.until is None or seq <= name.until)
            for name in self.names
        )


async def load_former_names(
    session: AsyncSession, slugs: Collection[str]
) -> dict[str, FormerNames]:
    """Return what products were called, by their slugs of today."""
    statement = (
        select(AuditEntry.seq, AuditEntry.product, AuditEntry.details)
        .where(AuditEntry.action == RENAMED)
        .order_by(AuditEntry.seq)
    )
    followed = _follow(
        (details["before"], details["after"], seq)
        for seq, product, details in await session.execute(statement)
        if product == details["after"]  # each is logged under both slugs
    )
    return {slug: followed.get(slug, FormerNames((Name(slug),))) for slug in slugs}


def _follow(renames: Iterable[tuple[str, str, int]]) -> dict[str, FormerNames]:
    """Follow renames in their order: the slug before, the slug after, the entry of the log.

    >>> followed = _follow([("node", "nodejs", 7), ("deno", "x", 11), ("x", "deno", 13)])
    >>> {slug: former.identity for slug, former in followed.items()}
    {'nodejs': 'node', 'deno': 'deno', 'node': 'node@7', 'x': 'x@13'}
    """
    products: dict[str, FormerNames] = {}
    free: dict[str, int] = {}
    for before, after, seq in renames:
        former = products.pop(before, None) or FormerNames((Name(before, free.get(before, 0)),))
        *earlier, last = former.names
        products[after] = FormerNames((*earlier, last._replace(until=seq), Name(after, seq)))
        free.pop(after, None)
        free[before] = seq
    # Whatever has such a slug now was added afterwards.
    return products | {slug: FormerNames((Name(slug, since),)) for slug, since in free.items()}
