"""What `lifecycle db stats` shows of the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from lifecycle.cli.backups import shown
from lifecycle.cli.local_store import store_url, with_store
from lifecycle.cli.output import show_json, show_table
from lifecycle.database.table_sizes import StoreSize, TableSize, measure_store

if TYPE_CHECKING:
    from lifecycle.database import Store

COLUMNS = ["table", "rows", "bytes", "share", "oldest row"]


def show(*, style: str) -> None:
    """Measure the store, and show the tables that hold something; JSON has all of them."""
    size = with_store(_measure)
    if style == "json":
        show_json(msgspec.to_builtins(size))
        return
    show_table(COLUMNS, [_cells(table) for table in size.tables if table.rows])
    free = f", of which {size.free:,} are free for new rows" if size.free else ""
    click.echo(f"{shown(store_url())} takes {size.bytes:,} bytes{free}.")


async def _measure(store: Store) -> StoreSize:
    async with store.reading(apart=True) as session:
        return await measure_store(session)


def _cells(table: TableSize) -> list[str]:
    return [
        table.table,
        f"{table.rows:,}",
        "not known" if table.bytes is None else f"{table.bytes:,}",
        "" if table.share is None else f"{table.share:.1%}",
        "" if table.oldest is None else f"{table.oldest:%Y-%m-%d}",
    ]
