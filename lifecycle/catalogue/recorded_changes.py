"""How often what is known of a product's lines and releases was changed, and when last."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from sqlalchemy import or_, select

from lifecycle.audit.models import AuditEntry
from lifecycle.catalogue.models import Release

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_products import Loaded

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


async def load_changes(session: AsyncSession, loaded: Loaded) -> RecordedChanges:
    """Read what was changed of a product's lines and releases after it was entered."""
    lines, releases = await _logged(session, loaded.slug)
    statement = select(
        Release.version, Release.rank, Release.revision, Release.registered_at, Release.voided_at
    ).where(
        Release.product_id == loaded.id, or_(Release.revision > 1, Release.voided_at.is_not(None))
    )
    changed = [
        ReleaseChanges(
            row.rank,
            # A voided one is no longer among the releases, which is one change less to be seen.
            row.revision - 1 + (row.voided_at is not None),
            max([row.voided_at or row.registered_at, *releases.get(row.version, ())]),
        )
        for row in await session.execute(statement)
    ]
    return RecordedChanges(dict(lines), tuple(changed))


async def _logged(
    session: AsyncSession, product: str
) -> tuple[dict[str, tuple[datetime, ...]], dict[str, tuple[datetime, ...]]]:
    """Return when the log says that each line and each release was changed."""
    statement = (
        select(
            AuditEntry.action,
            AuditEntry.subject,
            AuditEntry.at,
            AuditEntry.details[("lines", "changed")].label("imported"),
        )
        .where(AuditEntry.product == product, AuditEntry.action.in_(CHANGES))
        .order_by(AuditEntry.seq)
    )
    lines: defaultdict[str, tuple[datetime, ...]] = defaultdict(tuple)
    releases: defaultdict[str, tuple[datetime, ...]] = defaultdict(tuple)
    for action, subject, at, imported in await session.execute(statement):
        name = subject.removeprefix(f"{product}/")
        if action == "product.imported":
            for line in imported or ():
                lines[line] += (at,)
        elif action == "line.changed":
            lines[name] += (at,)
        else:
            releases[name] += (at,)
    return dict(lines), dict(releases)
