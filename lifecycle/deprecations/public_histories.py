"""What was announced for a product, amended and withdrawn: every revision, with its log entry."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select

from lifecycle.audit.chain import Seal
from lifecycle.audit.models import AuditEntry
from lifecycle.deprecations.announced import ends_support, tiers_having, versions_in
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.deprecations.models import Deprecation, Revision
from lifecycle.deprecations.queries import days_of
from lifecycle.deprecations.states import PUBLIC, RevisionChange, State, changes_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_products import Loaded

PUBLISHING = ("deprecation.announced", "deprecation.amended", "deprecation.withdrawn")


class PublicRevision(msgspec.Struct, frozen=True, kw_only=True):
    """A deprecation as it was announced, amended or withdrawn, on a day of its product.

    ``days`` are the effective days of the tiers it concerns: a feature's change does those alone
    that have the feature. ``owed`` tells what each was promised then, by the ``policy`` of that
    day; a waiver let the days be too early if it was ``waived``. ``seal`` is the entry of the log
    that records it.
    """

    number: int
    changes: tuple[RevisionChange, ...]
    on_day: date
    at: datetime
    reason: str
    content: DeprecationIn
    days: dict[str, date]
    seal: Seal | None
    owed: dict[str, Any] = {}
    policy: str | None = None
    waived: bool = False


class PublicHistory(msgspec.Struct, frozen=True, kw_only=True):
    """A deprecation that was announced, with its revisions in order.

    ``lines`` are those whose support any of the revisions ended: all of them if None.
    ``caused_by`` is the version whose release causes it, if one does.
    """

    uid: str
    withdrawn: bool
    revisions: tuple[PublicRevision, ...]
    lines: frozenset[str] | None
    caused_by: str | None = None

    @property
    def latest(self) -> PublicRevision:
        """What holds, or held last before it was withdrawn."""
        return self.revisions[-1]

    @property
    def feature(self) -> str | None:
        """The key of the feature that it concerns; None where it concerns versions."""
        return self.latest.content.feature

    def ends_line(self, line: str, tier: str) -> bool:
        """Return whether any of its revisions ended the support of a line for a tier."""
        return (self.lines is None or line in self.lines) and any(
            tier in revision.days and ends_support(revision.content) for revision in self.revisions
        )


async def load_histories(
    session: AsyncSession, products: Mapping[int, Loaded]
) -> Mapping[int, list[PublicHistory]]:
    """Read the history of all that was ever announced for products, by their numbers.

    Drafts are not part of it.
    """
    statement = (
        select(
            Deprecation.product_id,
            Deprecation.uid,
            Deprecation.state,
            Deprecation.caused_by,
            Revision.number,
            Revision.change,
            Revision.on_day,
            Revision.at,
            Revision.reason,
            Revision.content,
            Revision.days,
            Revision.owed,
            Revision.policy,
            Revision.waiver_id,
        )
        .join(Revision, Revision.deprecation_id == Deprecation.id)
        .where(Deprecation.product_id.in_(products), Deprecation.state.in_(PUBLIC))
        .order_by(Deprecation.id, Revision.number)
    )
    rows = (await session.execute(statement)).all()
    slugs = {products[row.product_id].slug for row in rows}
    seals = await _seals(session, slugs) if rows else {}
    histories: defaultdict[int, list[PublicHistory]] = defaultdict(list)
    for (number, uid), revisions in groupby(rows, key=lambda row: (row.product_id, row.uid)):
        histories[number].append(_history(products[number], uid, list(revisions), seals))
    return histories


async def _seals(
    session: AsyncSession, products: Collection[str]
) -> dict[tuple[str, int | None], Seal]:
    """Return the log's entry of each revision, by the deprecation's id and its number."""
    statement = select(
        AuditEntry.subject,
        AuditEntry.details["revision"].as_integer(),
        AuditEntry.seq,
        AuditEntry.hash,
    ).where(AuditEntry.product.in_(products), AuditEntry.action.in_(PUBLISHING))
    rows = await session.execute(statement)
    return {(subject, number): Seal(seq, digest) for subject, number, seq, digest in rows}


def _history(
    loaded: Loaded,
    uid: str,
    rows: list[Row[*tuple[Any, ...]]],
    seals: Mapping[tuple[str, int | None], Seal],
) -> PublicHistory:
    revisions = tuple(_revision(loaded, row, seals.get((uid, row.number))) for row in rows)
    withdrawn = rows[-1].state == State.WITHDRAWN
    lines = _lines(loaded, (revision.content for revision in revisions))
    return PublicHistory(
        uid=uid,
        withdrawn=withdrawn,
        revisions=revisions,
        lines=lines,
        caused_by=rows[-1].caused_by,
    )


def _revision(loaded: Loaded, row: Row[*tuple[Any, ...]], seal: Seal | None) -> PublicRevision:
    content = msgspec.convert(row.content, DeprecationIn)
    days, having = days_of(row.days), tiers_having(loaded, content.feature)
    concerned = {tier: day for tier, day in days.items() if having is None or tier in having}
    return PublicRevision(
        number=row.number,
        changes=changes_in(row.change),
        on_day=row.on_day,
        at=row.at,
        reason=row.reason,
        content=content,
        days=concerned or days,
        seal=seal,
        owed=row.owed,
        policy=row.policy,
        waived=row.waiver_id is not None,
    )


def _lines(loaded: Loaded, contents: Iterable[DeprecationIn]) -> frozenset[str] | None:
    lines: set[str] = set()
    for content in contents:
        if not ends_support(content):
            continue
        if content.lines is not None:
            lines.update(content.lines)
        elif (versions := versions_in(loaded, content)) is not None:
            releases = loaded.facts.releases
            lines.update(r.line for r in releases if r.line and r.version in versions)
        else:
            return None
    return frozenset(lines)
