"""Copy a store to an empty one, of its own kind or the other, and prove that both are the same.

Rows are added in the order of their keys, some in each transaction, so that what the target holds
says where a copy that was broken off goes on. Until it is complete the target's revision is one
that no version of this program knows, so no service starts on half a store.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from lifecycle.database import urls
from lifecycle.database.failures import explained_drivers
from lifecycle.database.schema_upgrade import UNFINISHED, StoreUnfinished, upgrade
from lifecycle.database.store_copies.copied_tables import (
    PROGRESS,
    REVISION,
    CopiedTable,
    CopyEnd,
    Row,
    read_tables,
)
from lifecycle.database.store_copies.opened_ends import opened_end
from lifecycle.errors import BadRequest, Conflict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime

    Report: TypeAlias = Callable[[str, int, int], None]

MOST_ROWS = 20_000
MOST_TEXT = 16 * 1024 * 1024
"""A transaction ends with the rows that reach either: so many, or so many characters of JSON."""
SEEDED = {"audit_head", "store_probes"}
"""The tables in which migrations leave a row."""
HEAD = "SELECT seq, hash FROM audit_head"
_DIGITS = frozenset("-0123456789")


class TableCopy(msgspec.Struct, frozen=True):
    """A table that is the same at both ends: its rows, and the SHA-256 of them all."""

    name: str
    rows: int
    sha256: str


class StoreCopy(msgspec.Struct, frozen=True):
    """A complete copy, and the number of rows that an earlier try had brought there."""

    tables: tuple[TableCopy, ...]
    resumed_at: int


async def copy_store(source: str, target: str, *, now: datetime, report: Report) -> StoreCopy:
    """Copy a store that nobody uses to an empty one, or go on with a copy that was broken off.

    ``report(what, rows, of)`` is called as it goes on. At the end both are compared row by row.
    """
    if urls.parse(source) == urls.parse(target):
        raise BadRequest("Both addresses name the same store; name an empty one as the target.")
    with contextlib.suppress(StoreUnfinished):
        await upgrade(target)
    tables = await read_tables(source)
    with explained_drivers():
        async with opened_end(source) as origin, opened_end(target) as copy:
            await origin.hold(tables)
            await copy.hold(())
            return await _copy(origin, copy, tables, now=now, report=report)


async def _copy(
    origin: CopyEnd,
    copy: CopyEnd,
    tables: Sequence[CopiedTable],
    *,
    now: datetime,
    report: Report,
) -> StoreCopy:
    holder = await _begin(origin, copy, tables, now=now)
    total = await _count_rows(origin, tables)
    resumed_at = await _count_rows(copy, tables)
    rows = resumed_at
    for table in tables:
        report(table.name, rows, total)
        async for added in _add_missing(origin, copy, table, holder):
            rows += added
            report(table.name, rows, total)
    rows, compared = 0, []
    for table in tables:
        report(f"comparing {table.name}", rows, total)
        compared.append(await _compare(origin, copy, table))
        rows += compared[-1].rows
    await _finish(copy, tables, holder, await _revision(origin))
    return StoreCopy(tuple(compared), resumed_at)


async def _revision(end: CopyEnd) -> str:
    ((revision,),) = await end.fetch(f"SELECT version_num FROM {REVISION}")  # noqa: S608
    return str(revision)


async def _begin(
    origin: CopyEnd, copy: CopyEnd, tables: Sequence[CopiedTable], *, now: datetime
) -> str:
    """Take the target over from whoever began, or begin; return the name that we hold it by."""
    holder = os.urandom(8).hex()
    ((seq, digest),) = await origin.fetch(HEAD)
    if await _revision(copy) == UNFINISHED:
        ((begun_seq, begun_digest, begun_at),) = await copy.fetch(
            f"SELECT seq, hash, begun_at FROM {PROGRESS}"  # noqa: S608
        )
        if (begun_seq, begun_digest) != (seq, digest):
            raise Conflict(
                f"The copy that was begun at {begun_at} is of another store, or of this one when "
                f"its log ended at entry {begun_seq}; it ends at {seq} now. Delete the target, "
                "and copy again."
            )
        async with copy.change():
            await copy.fetch(f"UPDATE {PROGRESS} SET holder = $1", holder)  # noqa: S608
        return holder
    await _require_empty(copy, tables)
    async with copy.change():
        await copy.fetch(
            f"CREATE TABLE {PROGRESS} (seq BIGINT, hash VARCHAR, begun_at VARCHAR, holder VARCHAR)"
        )
        await copy.fetch(
            f"INSERT INTO {PROGRESS} VALUES ($1, $2, $3, $4)",  # noqa: S608
            seq,
            digest,
            now.isoformat(timespec="seconds"),
            holder,
        )
        for name in SEEDED:
            await copy.fetch(f"DELETE FROM {name}")  # noqa: S608
        await copy.fetch(f"UPDATE {REVISION} SET version_num = $1", UNFINISHED)  # noqa: S608
    return holder


async def _require_empty(copy: CopyEnd, tables: Sequence[CopiedTable]) -> None:
    ((seq, _),) = await copy.fetch(HEAD)
    filled = [table.name for table in tables if table.name not in SEEDED]
    holds = [name for name in filled if await copy.fetch(f"SELECT 1 FROM {name} LIMIT 1")]  # noqa: S608
    if seq or holds:
        contents = f"rows in {', '.join(holds)}" if holds else f"a log of {seq} entries"
        raise Conflict(f"The target is a store already: it has {contents}. Name an empty one.")


async def _count_rows(end: CopyEnd, tables: Sequence[CopiedTable]) -> int:
    counts = [await end.fetch(f"SELECT count(*) FROM {table.name}") for table in tables]  # noqa: S608
    return sum(count for ((count,),) in counts)


async def _add_missing(
    origin: CopyEnd, copy: CopyEnd, table: CopiedTable, holder: str
) -> AsyncIterator[int]:
    """Add what the target lacks of a table, and yield how many rows each transaction brought."""
    last = await copy.fetch(
        f"SELECT {table.order} FROM {table.name} ORDER BY "  # noqa: S608
        + ", ".join(f'"{key}" DESC' for key in table.keys)
        + " LIMIT 1"
    )
    waiting: list[Row] = []
    text = 0
    json = [index for index, kind in table.kinds.items() if kind == "json"]
    async for rows in origin.rows(table, last[0] if last else None):
        waiting += rows
        text += sum(len(row[index] or "") for index in json for row in rows)
        if len(waiting) >= MOST_ROWS or text >= MOST_TEXT:
            await _add(copy, table, waiting, holder)
            yield len(waiting)
            waiting, text = [], 0
    if waiting:
        await _add(copy, table, waiting, holder)
        yield len(waiting)


async def _add(copy: CopyEnd, table: CopiedTable, rows: Sequence[Row], holder: str) -> None:
    async with copy.change():
        await _check_hold(copy, holder)
        await copy.add(table, rows)


async def _check_hold(copy: CopyEnd, holder: str) -> None:
    """Refuse to go on where another copy has taken the target over."""
    fence = f"UPDATE {PROGRESS} SET holder = holder WHERE holder = $1 RETURNING holder"  # noqa: S608
    if not await copy.fetch(fence, holder):
        raise Conflict("Another `lifecycle db copy` goes on with this target; this one stops.")


async def _compare(origin: CopyEnd, copy: CopyEnd, table: CopiedTable) -> TableCopy:
    original, copied = await asyncio.gather(_digest(origin, table), _digest(copy, table))
    if copied != original:
        raise Conflict(
            f"The copy of {table.name} is not the same as its source: {copied.rows} rows of "
            f"{original.rows}, SHA-256 {copied.sha256[:12]}, not {original.sha256[:12]}. Something "
            "wrote to the source before the copy was complete; delete the target, and copy again."
        )
    return copied


async def _digest(end: CopyEnd, table: CopiedTable) -> TableCopy:
    """Hash the rows in their order, as lines of JSON."""
    digest, count, encoder = hashlib.sha256(), 0, msgspec.json.Encoder()
    json = [index for index, kind in table.kinds.items() if kind == "json"]
    async for rows in end.rows(table, None):
        alike = [_alike(row, json) for row in rows] if json else rows
        digest.update(encoder.encode_lines(alike))
        count += len(rows)
    return TableCopy(table.name, count, digest.hexdigest())


def _alike(row: Row, json: Sequence[int]) -> Row:
    """Write a JSON document that is only a number as SQLite does: ``1.0`` is ``1``."""
    if not any((text := row[index]) and text[0] in _DIGITS for index in json):
        return row
    values = list(row)
    for index in json:
        if (text := values[index]) and text[0] in _DIGITS:
            number = msgspec.json.decode(text)
            is_whole = isinstance(number, float) and number.is_integer()
            values[index] = msgspec.json.encode(int(number) if is_whole else number).decode()
    return tuple(values)


async def _finish(copy: CopyEnd, tables: Sequence[CopiedTable], holder: str, revision: str) -> None:
    """Make the target a store that services start on."""
    async with copy.change():
        await _check_hold(copy, holder)
        await copy.count_on(tables)
        await copy.fetch(f"DROP TABLE {PROGRESS}")
        await copy.fetch(f"UPDATE {REVISION} SET version_num = $1", revision)  # noqa: S608
