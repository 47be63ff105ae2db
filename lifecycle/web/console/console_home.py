"""The vendor's first page: what needs a person, and what is coming."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import PathParameter
from litestar.response import Response, Stream
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.answers.timeline_questions import TimelineQuestion
from lifecycle.answers.upcoming_ends import UpcomingEnd, catalogue_entry
from lifecycle.interchange.spreadsheets import MEDIA_TYPE as TABLE
from lifecycle.scheduler.worklist import MOST_COUNTED, page_of_group, page_of_work, work_groups
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Cursor, Slug
from lifecycle.server.work_views import work_view
from lifecycle.web import timeline_pictures
from lifecycle.web.console.account_links import account_links
from lifecycle.web.console.first_steps import first_steps
from lifecycle.web.console.own_products import own_products
from lifecycle.web.console.work_steps import TITLES, Group, steps_of
from lifecycle.web.page_routes import pages, private_document, private_page
from lifecycle.web.rendered_pages import show
from lifecycle.web.standalone_pictures import MEDIA_TYPE as PICTURE
from lifecycle.web.table_files import Rows, pick, send_table, walk_pages
from lifecycle.web.timeline_pictures import USUAL_WIDTH, Width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lifecycle.answers.snapshots import Snapshot

DAYS_AHEAD: Final = 90
SHOWN_OF_EACH: Final = 5
MOST_COMING: Final = 40
MOST_PICTURES: Final = 3
ON_A_PAGE: Final = 100
WORK_COLUMNS: Final = (
    *("kind", "since", "product", "version", "account", "deprecation"),
    *("delivery", "subscription", "message"),
)
COMING_COLUMNS: Final = ("day", "is_estimate", "product", "subject", "kind", "tiers")

GroupName = Annotated[Group, PathParameter(description="A kind of entry of the work list.")]


@private_page("/console", scope="release", by_product=True)
async def show_console(
    request: Request[Any, Any, Any],
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> Response[str]:
    """Show what needs a person, to those who may publish, and what is coming in 90 days."""
    snapshots = await own_products(moment)
    groups = []
    if moment.publishes:
        groups = await work_groups(session, work_view(moment), limit=SHOWN_OF_EACH)
    named = (entry.account for group in groups for entry in group.entries)
    coming = coming_of(snapshots, moment.now)
    is_newcomer = moment.publishes and moment.products is None
    return show(
        request,
        "console/home.html",
        title="Home",
        groups=[(Group(group.name), group) for group in groups],
        titles=TITLES,
        most_counted=MOST_COUNTED,
        account_links=await account_links(session, moment, named),
        steps_of=steps_of,
        publishes=moment.publishes,
        first_steps=await first_steps(session, snapshots) if is_newcomer else [],
        coming=coming[:MOST_COMING],
        coming_count=len(coming),
        pictured=_pictured(coming),
        days_ahead=DAYS_AHEAD,
        today=moment.now.date(),
        until=moment.now.date() + timedelta(days=DAYS_AHEAD),
    )


@private_page("/console/work/{group:str}", scope="publish", by_product=True)
async def show_work(
    request: Request[Any, Any, Any],
    group: GroupName,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
) -> Response[str]:
    """Show all that needs a person of one kind, the oldest first."""
    view = work_view(moment)
    page = await page_of_group(session, group.value, view, cursor=cursor, limit=ON_A_PAGE)
    return show(
        request,
        "console/work.html",
        title=TITLES[group],
        group=group,
        page=page,
        is_first=cursor is None,
        account_links=await account_links(session, moment, (entry.account for entry in page.items)),
        steps_of=steps_of,
    )


@private_document("/console/timelines/{product:str}", PICTURE, scope="release")
async def show_outlook(
    product: Slug, moment: NamedDependency[Moment], width: Width = USUAL_WIDTH
) -> Response[str]:
    """Show which lines of a product end in the days ahead, as a picture."""
    snapshot = await moment.snapshot(product)
    today = snapshot.today(moment.now)
    lines = dict.fromkeys(end.line for end in coming_of([snapshot], moment.now) if end.line)
    question = TimelineQuestion(
        lines=tuple(lines), first=today, last=today + timedelta(days=DAYS_AHEAD)
    )
    return await timeline_pictures.answer(snapshot, question, today=today, width=width)


@private_document("/console/work.csv", TABLE, scope="publish", by_product=True)
async def show_work_table(moment: NamedDependency[Moment]) -> Stream:
    """Show all that needs a person, as a table to download."""
    return send_table("work.csv", WORK_COLUMNS, _work_rows(moment))


@private_document("/console/coming.csv", TABLE, scope="release", by_product=True)
async def show_coming_table(moment: NamedDependency[Moment]) -> Stream:
    """Show what ends or takes effect in the next 90 days, as a table to download."""
    coming = coming_of(await own_products(moment), moment.now)
    return send_table("coming.csv", COMING_COLUMNS, _coming_rows(coming))


def coming_of(snapshots: Iterable[Snapshot], now: datetime) -> list[UpcomingEnd]:
    """Return what ends or takes effect within 90 days, the nearest first; estimates too."""
    ends: list[UpcomingEnd] = []
    for snapshot in snapshots:
        today = snapshot.today(now)
        until = today + timedelta(days=DAYS_AHEAD)
        ends += [end for end in catalogue_entry(snapshot, today).coming if end.day <= until]
    return sorted(ends, key=lambda end: (end.day, end.product))


def _pictured(coming: Sequence[UpcomingEnd]) -> list[str]:
    """Return the products whose lines end soonest, to draw them."""
    return list(dict.fromkeys(end.product for end in coming if end.line))[:MOST_PICTURES]


async def _work_rows(moment: Moment) -> Rows:
    read = partial(page_of_work, view=work_view(moment))
    async for entries in walk_pages(moment, read):
        yield pick(WORK_COLUMNS, entries)


async def _coming_rows(coming: Sequence[UpcomingEnd]) -> Rows:
    yield [
        (
            *(end.day, end.estimate is not None, end.product, end.subject),
            *(end.kind, ", ".join(end.tiers)),
        )
        for end in coming
    ]


router = pages(show_console, show_work, show_outlook, show_work_table, show_coming_table)
