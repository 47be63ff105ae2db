"""The work list: what needs a person, gathered from where it stands, the most urgent first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from lifecycle.database.pagination import Page, read_cursor, write_cursor
from lifecycle.scheduler import address_work, announcement_work, mail_work
from lifecycle.scheduler.work_kinds import START, Source, WorkOut, WorkView

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

SOURCES: Final[tuple[Source, ...]] = (
    mail_work.NOT_SET_UP,
    mail_work.REFUSING,
    address_work.UNREACHABLE,
    address_work.PAUSED,
    announcement_work.OVERDUE_REMOVALS,
    announcement_work.IMPLIED_ENDS,
    announcement_work.CONCERNS,
    address_work.DISABLED,
    address_work.EXHAUSTED,
    announcement_work.DRAFTS,
    announcement_work.UNCONFIRMED_PLANS,
)
MOST_COUNTED: Final = 1000


class WorkGroup(msgspec.Struct, frozen=True):
    """What a source of the work list has: its first entries, and how many there are.

    Of more than ``MOST_COUNTED`` the rest is not counted: ``count`` is then one above.
    """

    name: str
    entries: list[WorkOut]
    count: int

    @property
    def is_counted(self) -> bool:
        """Return whether ``count`` is all there is."""
        return self.count <= MOST_COUNTED


async def page_of_work(
    session: AsyncSession, view: WorkView, *, cursor: str | None = None, limit: int = 100
) -> Page[WorkOut]:
    """Return what needs a person, kind by kind, the oldest of each first."""
    begun, *place = read_cursor(cursor, [int, int, int]) if cursor else (0, *START)
    items: list[WorkOut] = []
    last = (begun, *place)
    for number in range(max(begun, 0), len(SOURCES)):
        after = (place[0], place[1]) if number == begun else START
        room = limit + 1 - len(items)
        for at, item in await SOURCES[number].entries(session, view, after=after, limit=room):
            if len(items) == limit:
                return Page(items, write_cursor(last))
            items.append(item)
            last = (number, *at)
    return Page(items)


async def page_of_group(
    session: AsyncSession,
    name: str,
    view: WorkView,
    *,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[WorkOut]:
    """Return what one source of the work list has, the oldest first."""
    (source,) = (source for source in SOURCES if source.name == name)
    after = read_cursor(cursor, [int, int]) if cursor else START
    entries = await source.entries(session, view, after=(after[0], after[1]), limit=limit + 1)
    place = write_cursor(entries[limit - 1][0]) if len(entries) > limit else None
    return Page([entry for _, entry in entries[:limit]], place)


async def work_groups(session: AsyncSession, view: WorkView, *, limit: int) -> list[WorkGroup]:
    """Return each source that has something, with its first entries, the most urgent first."""
    groups = []
    for source in SOURCES:
        entries = await source.entries(session, view, limit=limit + 1)
        count = len(entries)
        if count > limit:
            count = await source.count(session, view, most=MOST_COUNTED + 1)
        if entries:
            groups.append(WorkGroup(source.name, [entry for _, entry in entries[:limit]], count))
    return groups
