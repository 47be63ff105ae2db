from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import and_, false, func, or_, select, union_all

from lifecycle.audit.chain import START, Entry, first_break
from lifecycle.audit.erased_entries import erasures
from lifecycle.audit.models import AuditEntry, AuditHead
from lifecycle.calendar.lengths import add_days
from lifecycle.database.pagination import Page, page, read_cursor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.ext.asyncio import AsyncSession

BATCH = 2000
MOST_ACTORS = 20
"""Of so many, at most, each one's newest entries are looked up."""
COLUMNS = (
    AuditEntry.seq,
    AuditEntry.at,
    AuditEntry.actor,
    AuditEntry.action,
    AuditEntry.subject,
    AuditEntry.product,
    AuditEntry.details,
    AuditEntry.previous,
    AuditEntry.hash,
    AuditEntry.erased,
)
"""The members of an ``Entry``, in their order."""


class ChainCheck(msgspec.Struct, frozen=True):
    """Whether the chain is whole; if not, the first entry that is wrong, and how."""

    whole: bool
    entries: int
    head: str
    broken_at: int | None = None
    fault: str | None = None


class EntryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries of the log: all of these hold; None holds for any.

    ``actor`` begins with this text. ``action`` is one, as ``account.changed``, or all that begin
    with its first word, as ``account``. ``first`` and ``last`` are days in UTC, both included.
    """

    product: str | None = None
    account: str | None = None
    actor: str | None = None
    action: str | None = None
    first: date | None = None
    last: date | None = None


async def head(session: AsyncSession) -> tuple[int, str]:
    """Return the number and hash of the last entry: the store's revision, and its seal."""
    seq, digest = (await session.execute(select(AuditHead.seq, AuditHead.hash))).one()
    return seq, digest


async def changed_since(session: AsyncSession, seq: int) -> tuple[int, dict[str | None, int]]:
    """Return the head's number, and by product the number of its last entry after ``seq``."""
    newest, _ = await head(session)
    if newest == seq:
        return newest, {}
    statement = (
        select(AuditEntry.product, func.max(AuditEntry.seq))
        .where(AuditEntry.seq > seq)
        .group_by(AuditEntry.product)
    )
    rows = await session.execute(statement)
    return newest, {product: last for product, last in rows}  # noqa: C416 -- rows, for mypy


async def contains(session: AsyncSession, seq: int, digest: str) -> bool:
    """Return whether the log still holds an entry: not once an older backup was restored."""
    statement = select(AuditEntry.hash).where(AuditEntry.seq == seq)
    return digest == (START if seq == 0 else await session.scalar(statement))


async def last_details(
    session: AsyncSession, action: str, subject: str, *, product: str
) -> dict[str, Any] | None:
    """Return the details of the last entry of an action on a subject that concerns a product."""
    statement = (
        select(AuditEntry.details)
        .where(AuditEntry.product == product)
        .where(AuditEntry.action == action, AuditEntry.subject == subject)
        .order_by(AuditEntry.seq.desc())
        .limit(1)
    )
    return await session.scalar(statement)


async def entries(
    session: AsyncSession,
    only: EntryFilter | None = None,
    *,
    cursor: str | None = None,
    limit: int = 100,
    products: Collection[str] | None = None,
) -> Page[Entry]:
    """Return the log, newest entries first; with ``products``, what concerns these and no other."""
    only = only or EntryFilter()
    conditions = [*_conditions(only)]
    if products is not None:
        former = AuditEntry.details["before"]["product"].as_string()
        concerned = or_(former.is_(None), former.in_(products))
        conditions += [AuditEntry.product.in_(products), concerned]
    if only.actor is not None:
        before = read_cursor(cursor, [int])[0] if cursor else None
        conditions.append(await _by(session, only.actor, conditions, before=before, most=limit + 1))
    statement, keys = select(AuditEntry).where(*conditions), [AuditEntry.seq]
    rows = await page(session, statement, keys, cursor=cursor, limit=limit, descending=True)
    return Page([_entry(row) for row in rows.items], rows.next)


def _conditions(only: EntryFilter) -> Iterator[ColumnElement[bool]]:
    if only.product is not None:
        yield AuditEntry.product == only.product
    if only.account is not None:
        own = and_(AuditEntry.subject == only.account, AuditEntry.product.is_(None))
        yield or_(own, AuditEntry.subject.startswith(f"{only.account}/", autoescape=True))
    if only.action is not None:
        group = AuditEntry.action.startswith(f"{only.action}.", autoescape=True)
        yield or_(AuditEntry.action == only.action, group)
    if only.first is not None:
        yield AuditEntry.at >= datetime.combine(only.first, time(), UTC)
    if only.last is not None:
        yield AuditEntry.at < datetime.combine(add_days(only.last, 1), time(), UTC)


async def _by(
    session: AsyncSession,
    prefix: str,
    conditions: Sequence[ColumnElement[bool]],
    *,
    before: int | None,
    most: int,
) -> ColumnElement[bool]:
    """Return what is true of the newest entries by whoever's name begins with a text.

    Of each of a few actors the index has the newest; where there are many, reading the log from its
    end soon meets enough of them.
    """
    actors = list(await session.scalars(_actors(prefix)))
    if not actors:
        return false()
    if len(actors) > MOST_ACTORS:
        return func.substr(AuditEntry.actor, 1, len(prefix)) == prefix
    earlier = [] if before is None else [AuditEntry.seq < before]
    newest = [
        select(AuditEntry.seq)
        .where(*conditions, *earlier, AuditEntry.actor == actor)
        .order_by(AuditEntry.seq.desc())
        .limit(most)
        .subquery()
        for actor in actors
    ]
    return AuditEntry.seq.in_(union_all(*(select(entry.c.seq) for entry in newest)))


def _actors(prefix: str) -> Select[str]:
    """Return the first actors whose names begin with a text, by one look into the index each."""
    actor = AuditEntry.actor
    walk = select(func.min(actor).label("actor")).where(actor >= prefix).cte(recursive=True)
    begins = func.substr(walk.c.actor, 1, len(prefix)) == prefix
    following = select(func.min(actor)).where(actor > walk.c.actor).scalar_subquery()
    walk = walk.union_all(select(following).where(begins))
    begins = func.substr(walk.c.actor, 1, len(prefix)) == prefix
    return select(walk.c.actor).where(begins).limit(MOST_ACTORS + 1)


async def entries_about(
    session: AsyncSession, product: str | None, subject: str
) -> tuple[Entry, ...]:
    """Return the entries about a subject, the oldest first, each whole: its hash can be worked out.

    Its ``product`` is the one it belongs to; None for what belongs to none, such as an account.
    """
    statement = select(*COLUMNS).where(AuditEntry.product == product, AuditEntry.subject == subject)
    rows = await session.execute(statement.order_by(AuditEntry.seq))
    return tuple(Entry(*row) for row in rows)


async def verify(session: AsyncSession, *, published: tuple[int, str] | None = None) -> ChainCheck:
    """Read the whole chain and find the first entry that was edited, removed or put elsewhere.

    ``published`` is a number and hash noted earlier elsewhere: the chain must still contain it.
    """
    seq, previous = 0, START
    last, sealed = await head(session)
    erasable = await erasures(session)
    while batch := await _entries_after(session, seq):
        broken = first_break(batch, seq=seq, previous=previous, erasable=erasable)
        broken = broken or _contradicted(batch, published)
        if broken:
            return ChainCheck(False, last, sealed, *broken)
        seq, previous = batch[-1].seq, batch[-1].hash
    if (seq, previous) != (last, sealed):
        return ChainCheck(
            False, last, sealed, seq + 1, f"the log ends at entry {seq}, not at {last}"
        )
    if published and published[0] > last:
        fault = f"entry {published[0]} was published and is missing"
        return ChainCheck(False, last, sealed, published[0], fault)
    return ChainCheck(True, last, sealed)


async def _entries_after(session: AsyncSession, seq: int) -> list[Entry]:
    statement = select(*COLUMNS).where(AuditEntry.seq > seq).order_by(AuditEntry.seq).limit(BATCH)
    return [Entry(*row) for row in await session.execute(statement)]


def _entry(row: AuditEntry) -> Entry:
    return Entry(
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        product=row.product,
        details=row.details,
        previous=row.previous,
        hash=row.hash,
        erased=row.erased,
    )


def _contradicted(batch: list[Entry], published: tuple[int, str] | None) -> tuple[int, str] | None:
    for entry in batch:
        if published and entry.seq == published[0] and entry.hash != published[1]:
            return entry.seq, f"entry {entry.seq} is not the one that was published"
    return None
