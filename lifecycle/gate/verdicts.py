"""Verdicts: the shape in which they are told, and those that were given, kept with their facts."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer

from lifecycle.audit.actions import append
from lifecycle.catalogue.models import Feature, Line, Product, Release
from lifecycle.database.pagination import Page, page
from lifecycle.documents.suggestions import suggest
from lifecycle.errors import NotFound, Problem, raise_if_any
from lifecycle.gate.models import GateVerdict
from lifecycle.gate.verdict_outputs import VerdictOut
from lifecycle.reports.findings import FindingOut, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By


RECENT = 100
"""How many verdicts back a subject is looked for."""


class StoredVerdictOut(VerdictOut, frozen=True, kw_only=True):
    """A verdict as it was given, and who asked for it first."""

    asked_at: datetime
    asked_by: str


class KeptVerdictOut(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict in a list; what it found and rests on is read by its ``id``."""

    id: str
    version: str
    verdict: Verdict
    decided: bool
    day: date
    at: date
    asked_at: datetime
    asked_by: str

    @classmethod
    def of(cls, row: GateVerdict) -> KeptVerdictOut:
        """Show a verdict without its document."""
        return cls(
            id=row.uid,
            version=row.version,
            verdict=Verdict(row.verdict),
            decided=row.decided,
            day=row.day,
            at=row.at,
            asked_at=row.asked_at,
            asked_by=row.asked_by,
        )


class GatedOut(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict under which a release was registered."""

    version: str
    verdict: Verdict
    id: str
    findings: tuple[FindingOut, ...]

    @classmethod
    def of(cls, verdict: VerdictOut) -> GatedOut:
        """Leave out what the verdict rests on; it can be read by its id."""
        return cls(
            version=verdict.version,
            verdict=verdict.verdict,
            id=verdict.id,
            findings=verdict.findings,
        )


class UnknownVerdict(NotFound):
    """The gate has given no such verdict."""


async def store(session: AsyncSession, product_id: int, verdict: VerdictOut, *, by: By) -> None:
    """Keep a verdict; one that was given before stays as it was, and leaves no new evidence."""
    if await is_kept(session, verdict.id):
        return
    document = {
        "version": verdict.version,
        "verdict": verdict.verdict.value,
        "decided": verdict.decided,
    }
    days = {"day": verdict.day, "at": verdict.at}
    row = GateVerdict(
        **document,
        **days,
        uid=verdict.id,
        product_id=product_id,
        document=msgspec.to_builtins(verdict),
        asked_at=by.at,
        asked_by=by.actor,
    )
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError:  # the same was asked twice at once, and the other one kept it
        return
    # Without the product: a verdict changes nothing about it, and all that is held in memory of it
    # would be read anew.
    details = {"product": verdict.product, **document, **days}
    append(session, by, "gate.judged", verdict.id, details=details)


async def is_kept(session: AsyncSession, uid: str) -> bool:
    """Return whether a verdict was given before."""
    return await session.scalar(select(GateVerdict.id).where(GateVerdict.uid == uid)) is not None


async def refuse_unknown_subject(session: AsyncSession, product: Product, subject: str) -> None:
    """Refuse to waive a rule about what nobody knows.

    Known are the product's features and lines, and what one of the last 100 verdicts is about:
    its manifest may name what the product does not have yet.
    """
    subjects = await _subjects(session, product)
    if subject in subjects:
        return
    statement = select(GateVerdict.document).where(GateVerdict.product_id == product.id)
    for document in await session.scalars(statement.order_by(GateVerdict.id.desc()).limit(RECENT)):
        if any(finding["subject"] == subject for finding in document["findings"]):
            return
    message = f"is neither a feature nor a line of {product.slug}, nor in any recent verdict"
    message += f"{suggest(subject, subjects)}; ask the gate first if only a manifest names it"
    problem = Problem("subject", message, value=subject[:100], allowed=", ".join(subjects[:20]))
    raise_if_any([problem], subject="The waiver")


async def _subjects(session: AsyncSession, product: Product) -> list[str]:
    """Return the keys of a product's features and the names of its lines."""
    columns = (
        select(Feature.key).where(Feature.product_id == product.id),
        select(Line.name).where(Line.product_id == product.id),
        select(Release.line).where(Release.product_id == product.id, Release.line.is_not(None)),
    )
    results = [await session.scalars(column.distinct()) for column in columns]
    return sorted({name for names in results for name in names if name})


async def get(session: AsyncSession, product: Product, uid: str) -> StoredVerdictOut:
    """Return a verdict as it was given, or raise ``UnknownVerdict``."""
    statement = select(GateVerdict).where(
        GateVerdict.product_id == product.id, GateVerdict.uid == uid
    )
    row = await session.scalar(statement)
    if row is None:
        raise UnknownVerdict(f"The gate has given no verdict {uid[:100]!r} for {product.slug}.")
    return _stored(row)


async def find(
    session: AsyncSession, uid: str, may_see: Callable[[Product], bool]
) -> tuple[Product, StoredVerdictOut]:
    """Return a verdict with its product, wherever it is; one that may not be seen is unknown."""
    row = await session.scalar(select(GateVerdict).where(GateVerdict.uid == uid))
    product = await session.get(Product, row.product_id) if row else None
    if row is None or product is None or not may_see(product):
        raise UnknownVerdict(f"The gate has given no verdict {uid[:100]!r}.")
    return product, _stored(row)


async def list_of(
    session: AsyncSession,
    product: Product,
    *,
    version: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[GateVerdict]:
    """Return the verdicts on a product's releases, or on one of them, the newest first.

    What they rest on is left out; it can be read by their ids.
    """
    statement = (
        select(GateVerdict)
        .where(GateVerdict.product_id == product.id)
        .options(defer(GateVerdict.document, raiseload=True))
    )
    if version is not None:
        statement = statement.where(GateVerdict.version == version)
    keys = [GateVerdict.id]
    return await page(session, statement, keys, cursor=cursor, limit=limit, descending=True)


def _stored(row: GateVerdict) -> StoredVerdictOut:
    provenance = {"asked_at": row.asked_at, "asked_by": row.asked_by}
    return msgspec.convert({**row.document, **provenance}, StoredVerdictOut)
