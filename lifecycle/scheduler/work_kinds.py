"""What the work list is made of: its entries, and the sources that they are read from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from sqlalchemy import func, select, true, tuple_

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import InstrumentedAttribute

    Rows: TypeAlias = Select[*tuple[Any, ...]]


class WorkOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that needs a person; what it is about is named as far as it is known."""

    kind: str
    since: date
    message: str
    product: str | None = None
    version: str | None = None
    account: str | None = None
    deprecation: str | None = None
    delivery: int | None = None
    subscription: str | None = None


Place: TypeAlias = tuple[int, int]
"""Where an entry stands in its source; ascending. A source of one column has it last."""
START: Place = (-1, -1)


class WorkView(msgspec.Struct, frozen=True):
    """Who looks at a source, and when: what needs a person now, of products if they are named.

    ``sends_no_mail`` is whether it is certain that no e-mail goes out.
    """

    now: datetime
    products: Collection[str] | None = None
    sends_no_mail: bool = False

    def includes(self, product: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """Return whether what concerns a product is seen."""
        return true() if self.products is None else product.in_(self.products)


@dataclass(frozen=True)
class Source:
    """Where entries of the work list come from.

    ``rows`` selects what makes them, in no order; ``place`` are one or two columns, together
    unique, that order it. ``describe`` makes an entry of a row.
    """

    name: str
    place: tuple[InstrumentedAttribute[int], ...]
    rows: Callable[[AsyncSession, WorkView], Awaitable[Rows]]
    describe: Callable[..., WorkOut]

    async def entries(
        self, session: AsyncSession, view: WorkView, *, after: Place = START, limit: int
    ) -> list[tuple[Place, WorkOut]]:
        """Return the first entries after a place."""
        width = len(self.place)
        rows = await self.rows(session, view)
        statement = (
            rows.add_columns(*self.place)
            .where(tuple_(*self.place) > after[-width:])
            .order_by(*self.place)
            .limit(limit)
        )
        return [
            (_padded(row[-width:]), self.describe(*row[:-width]))
            for row in await session.execute(statement)
        ]

    async def count(self, session: AsyncSession, view: WorkView, *, most: int) -> int:
        """Count the entries, as far as ``most``."""
        rows = await self.rows(session, view)
        bounded = rows.with_only_columns(self.place[-1], maintain_column_froms=True).limit(most)
        return await session.scalar(select(func.count()).select_from(bounded.subquery())) or 0


def _padded(place: tuple[int, ...]) -> Place:
    return (place[0], place[1]) if len(place) > 1 else (0, place[0])
