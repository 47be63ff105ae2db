"""Tables of signed-in pages as CSV files, written as they are read: a log is as long as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from litestar.response import Stream

from lifecycle.interchange.spreadsheets import MEDIA_TYPE, write_rows

Rows = AsyncIterator[list[Sequence[Any]]]
"""The rows of a table, some at a time; whoever yields them reads with a session of its own."""


def send_table(name: str, columns: Sequence[str], rows: Rows) -> Stream:
    """Answer with a table to download, below the names of its columns."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Stream(_written(columns, rows), media_type=MEDIA_TYPE, headers=headers)


async def _written(columns: Sequence[str], rows: Rows) -> AsyncIterator[bytes]:
    yield write_rows([columns])
    async for batch in rows:
        yield write_rows(batch)
