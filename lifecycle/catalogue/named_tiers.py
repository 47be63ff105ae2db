"""Tiers that facts of a product name: each must be one of its policies'."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from lifecycle.catalogue import queries
from lifecycle.catalogue.models import StoredPolicy
from lifecycle.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from sqlalchemy.ext.asyncio import AsyncSession


async def policy_tiers(session: AsyncSession, product_id: int | None) -> list[str]:
    """Return the tiers that any of a product's policies has, by name; before the first, none."""
    statement = select(StoredPolicy.tiers).where(
        StoredPolicy.product_id == product_id, queries.STANDING
    )
    return sorted({name for tiers in await session.scalars(statement) for name in tiers})


def tier_problems(
    named: Iterable[tuple[str, str]], allowed_tiers: Collection[str]
) -> Iterator[Problem]:
    """Yield which of the tiers, each with its field, no policy has; where there is none, any may.

    >>> [str(problem) for problem in tier_problems([("tiers[0]", "por")], ["community", "pro"])]
    ["tiers[0]: is not a tier of the product's policies: community, pro"]
    """
    allowed = ", ".join(allowed_tiers)
    for field, tier in named:
        if allowed_tiers and tier not in allowed_tiers:
            message = f"is not a tier of the product's policies: {allowed}"
            yield Problem(field, message, value=tier[:100], allowed=allowed)


def feature_tier_problems(
    tiers: Iterable[str] | None, allowed_tiers: Collection[str], *, stored: Iterable[str] | None
) -> Iterator[Problem]:
    """Yield which tiers of a feature no policy has; those that it has already may stay."""
    stored_tiers = set(stored or ())
    named = [
        (f"tiers[{n}]", tier) for n, tier in enumerate(tiers or ()) if tier not in stored_tiers
    ]
    yield from tier_problems(named, allowed_tiers)
