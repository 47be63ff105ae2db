"""How often what is known of a product's lines and releases was changed, and when last."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import or_, select

from lifecycle.audit.models import AuditEntry
from lifecycle.catalogue.models import Release

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_products import Loaded

_Logged: TypeAlias = defaultdict[str, dict[str, tuple[datetime, ...]]]

CHANGES = ("line.changed", "release.changed", "release.voided", "product.imported")


class ReleaseChanges(NamedTuple):
    """Changes of a release, voided ones included, by its place in the order of versions."""

    rank: int
    times: int
    last: datetime


class RecordedChanges(msgspec.Struct, frozen=True):
    """The instants at which each line was changed, and the changes of releases.

    What was entered once and never changed is not among them.
    """

    lines: dict[str, tuple[datetime, ...]] = {}
    releases: tuple[ReleaseChanges, ...] = ()


async def load_changes(
    session: AsyncSession, products: Mapping[int, Loaded]
) -> dict[int, RecordedChanges]:
    """Read what was changed of products' lines and releases after they were entered.

    It comes by the numbers of the products.
    """
    lines, releases = await _logged(session, {loaded.slug for loaded in products.values()})
    statement = select(
        Release.product_id,
        Release.version,
        Release.rank,
        Release.revision,
        Release.registered_at,
        Release.voided_at,
    ).where(
        Release.product_id.in_(products),
        or_(Release.revision > 1, Release.voided_at.is_not(None)),
    )
    changed: defaultdict[int, list[ReleaseChanges]] = defaultdict(list)
    for row in await session.execute(statement):
        logged = releases[products[row.product_id].slug].get(row.version, ())
        # A voided one is no longer among the releases, which is one change less to be seen.
        times = row.revision - 1 + (row.voided_at is not None)
        last = max([row.voided_at or row.registered_at, *logged])
        changed[row.product_id].append(ReleaseChanges(row.rank, times, last))
    return {
        number: RecordedChanges(lines[loaded.slug], tuple(changed[number]))
        for number, loaded in products.items()
    }


async def _logged(session: AsyncSession, products: Collection[str]) -> tuple[_Logged, _Logged]:
    """Return when the log says that each line and each release was changed, by product."""
    statement = (
        select(
            AuditEntry.product,
            AuditEntry.action,
            AuditEntry.subject,
            AuditEntry.at,
            AuditEntry.details[("lines", "changed")].label("imported"),
        )
        .where(AuditEntry.product.in_(products), AuditEntry.action.in_(CHANGES))
        .order_by(AuditEntry.seq)
    )
    lines: _Logged = defaultdict(dict)
    releases: _Logged = defaultdict(dict)
    for product, action, subject, at, imported in await session.execute(statement):
        log = releases if action.startswith("release.") else lines
        named = [subject.removeprefix(f"{product}/")]
        for name in (imported or ()) if action == "product.imported" else named:
            log[product][name] = (*log[product].get(name, ()), at)
    return lines, releases
