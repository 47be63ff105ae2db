"""Find a version's place among thousands without reading them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from lifecycle.catalogue.models import Release
from lifecycle.versions import Placement, Scheme, place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncSession

FEW = 8
"""Up to so many new versions, looking for each one's neighbours beats reading all versions."""

Ranked = tuple[int, str]


async def place_new(
    session: AsyncSession,
    product_id: int,
    scheme: Scheme,
    new: Mapping[str, str | None],
) -> Placement:
    """Rank new versions, given with their lines, among a product's.

    Those already there keep their rank, or are in ``moved``. Where the scheme knows no order, a
    version follows the highest of its line: a late patch of an old line is not the newest of all.
    """
    if not scheme.ordered:
        after = await _highest_of_lines(session, product_id, new)
        return place(scheme, await everything(session, product_id), list(new), after=after)
    if len(new) > FEW:
        return place(scheme, await everything(session, product_id), list(new))
    around = await _around(session, product_id, scheme, list(new))
    placed = place(scheme, around, list(new))
    if placed.moved:  # the gap is full; only with all versions can they be spread anew
        placed = place(scheme, await everything(session, product_id), list(new))
    return placed


async def _highest_of_lines(
    session: AsyncSession, product_id: int, new: Mapping[str, str | None]
) -> dict[str, str]:
    """Return for each new version the highest known one of its line, where there is one."""
    statement = select(Release.line, Release.version).where(
        *_of(product_id), Release.line.is_not(None)
    )
    rows = await session.execute(statement.order_by(Release.rank, Release.id))
    highest = {row.line: row.version for row in rows}
    return {version: highest[line] for version, line in new.items() if line in highest}


async def everything(session: AsyncSession, product_id: int) -> list[Ranked]:
    """Return every version with its rank, ascending."""
    statement = select(Release.rank, Release.version).where(*_of(product_id))
    rows = await session.execute(statement.order_by(Release.rank, Release.id))
    return [(rank, version) for rank, version in rows]


async def move(session: AsyncSession, product_id: int, moved: Mapping[str, int]) -> None:
    """Give known versions their new ranks."""
    if not moved:
        return
    table = Release.__table__
    statement = (
        update(table)  # type: ignore[arg-type]
        .where(table.c.product_id == product_id, table.c.voided_at.is_(None))
        .where(table.c.version == bindparam("known"))
        .values(rank=bindparam("to"))
    )
    rows = [{"known": version, "to": rank} for version, rank in moved.items()]
    await session.execute(statement, rows)


async def equal_rank(
    session: AsyncSession, product_id: int, scheme: Scheme, version: str
) -> int | None:
    """Return the rank that equal versions share, if there are any; raises ``UnparsableVersion``."""
    key = scheme.parse(version).key
    if not scheme.ordered:
        return None
    _, above = await _neighbours(session, product_id, scheme, version)
    return above[0] if above and scheme.parse(above[1]).key == key else None


async def _around(
    session: AsyncSession, product_id: int, scheme: Scheme, new: Sequence[str]
) -> list[Ranked]:
    ranked: set[Ranked] = set()
    for version in new:
        ranked.update(
            neighbour
            for neighbour in await _neighbours(session, product_id, scheme, version)
            if neighbour
        )
    return sorted(ranked)


async def _neighbours(
    session: AsyncSession, product_id: int, scheme: Scheme, version: str
) -> tuple[Ranked | None, Ranked | None]:
    """Return the highest version below, and the lowest that is equal or above.

    The search halves the ranks rather than the rows, so every step is one look into an index.
    """
    key = scheme.parse(version).key
    below, above = None, await _row(session, product_id, last=True)
    if above is None or scheme.parse(above[1]).key < key:
        return above, None
    first = await _row(session, product_id)
    if first is None or not scheme.parse(first[1]).key < key:
        return None, first
    below = first
    while middle := await _row(
        session,
        product_id,
        Release.rank > below[0],
        Release.rank < above[0],
        near=_half(below, above),
    ):
        if scheme.parse(middle[1]).key < key:
            below = middle
        else:
            above = middle
    return below, above


def _half(below: Ranked, above: Ranked) -> int:
    return (below[0] + above[0]) // 2


async def _row(
    session: AsyncSession,
    product_id: int,
    *where: ColumnElement[bool],
    last: bool = False,
    near: int | None = None,
) -> Ranked | None:
    """Return the first (or last) version that fits; with ``near``, one close to that rank."""
    statement = select(Release.rank, Release.version).where(*_of(product_id), *where).limit(1)
    if near is not None:
        upper = await session.execute(statement.where(Release.rank >= near).order_by(Release.rank))
        row = upper.first()
        if row is not None:
            return row[0], row[1]
        last = True
    order = Release.rank.desc() if last else Release.rank.asc()
    row = (await session.execute(statement.order_by(order))).first()
    return (row[0], row[1]) if row else None


def _of(product_id: int) -> tuple[ColumnElement[bool], ...]:
    return Release.product_id == product_id, Release.voided_at.is_(None)
