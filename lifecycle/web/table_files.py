"""Tables of signed-in pages as CSV files, written as they are read: a log is as long as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from litestar.response import Stream

from lifecycle.interchange.spreadsheets import MEDIA_TYPE, write_rows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from lifecycle.database.pagination import Page
    from lifecycle.server.dependencies import Moment

Rows = AsyncIterator[list[Sequence[Any]]]
"""The rows of a table, some at a time; whoever yields them reads with a session of its own."""
IN_A_PIECE: Final = 500
Item = TypeVar("Item")


def send_table(name: str, columns: Sequence[str], rows: Rows) -> Stream:
    """Answer with a table to download, below the names of its columns."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Stream(_written(columns, rows), media_type=MEDIA_TYPE, headers=headers)


def send_rows(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Stream:
    """Answer with a table whose rows are at hand."""

    async def at_once() -> Rows:
        yield list(rows)

    return send_table(name, columns, at_once())


def send_items(name: str, columns: Sequence[str], items: Iterable[Any]) -> Stream:
    """Answer with a table of what is at hand, by the attributes that its columns name."""
    return send_rows(name, columns, pick(columns, items))


def pick(columns: Sequence[str], items: Iterable[Any]) -> list[Sequence[Any]]:
    """Return a row for each item, by the attributes that the columns name."""
    return [[getattr(item, column) for column in columns] for item in items]


async def walk_pages(
    moment: Moment, read: Callable[..., Awaitable[Page[Item]]]
) -> AsyncIterator[Sequence[Item]]:
    """Yield a whole list, page by page; a request's own session ends before its answer does.

    ``read`` is given a session, the ``cursor`` and the ``limit``.
    """
    cursor = None
    async with moment.app_state.store.reading() as session:
        while True:
            page = await read(session, cursor=cursor, limit=IN_A_PIECE)
            yield page.items
            cursor = page.next
            if cursor is None:
                return


async def _written(columns: Sequence[str], rows: Rows) -> AsyncIterator[bytes]:
    yield write_rows([columns])
    async for batch in rows:
        yield write_rows(batch)
