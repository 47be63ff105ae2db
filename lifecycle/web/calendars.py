"""The calendar of ends and effective days: of one product, of several, of all."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, NamedTuple

from litestar import Router
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Response

from lifecycle.answers import change_texts, event_texts
from lifecycle.answers.dated_events import DatedEvent, dated_events
from lifecycle.answers.public_changes import identify
from lifecycle.answers.snapshots import Snapshot
from lifecycle.calendar.lengths import add_months
from lifecycle.deprecations.notices.signed_links import base_url
from lifecycle.deprecations.notices.wording import KINDS
from lifecycle.interchange.ics_calendars import (
    MEDIA_TYPE,
    CalendarDay,
    write_calendar,
    write_event,
)
from lifecycle.server.dependencies import Moment
from lifecycle.server.published_paths import write_path
from lifecycle.web.page_routes import document
from lifecycle.web.product_selections import (
    OfTier,
    Products,
    Selection,
    select_product,
    select_products,
    work_on,
)

if TYPE_CHECKING:
    from datetime import date, datetime

    from lifecycle.settings import Settings

MONTHS_KEPT = 12
DESCRIPTION = (
    "Ends of support stand on the last day that is covered, other changes on the first day on "
    "which they are in force."
)

Estimates = Annotated[
    bool,
    QueryParameter(description="Whether days that are only estimated are shown, marked as such."),
]


class _Written(NamedTuple):
    """The events of a product that are written already, by their places among ``events``.

    Writing one takes most of a millisecond. So a change makes one product's anew, not all, and a
    new day those that are no longer the same.
    """

    events: tuple[DatedEvent, ...]
    base: str
    texts: dict[int, tuple[CalendarDay, bytes]]
    before: dict[CalendarDay, bytes]


@document("/calendar.ics", MEDIA_TYPE)
async def show_calendar(
    moment: NamedDependency[Moment],
    products: Products = None,
    tier: OfTier = None,
    estimates: Estimates = False,  # noqa: FBT002 -- it stands in a query
) -> Response[bytes]:
    """Show the days on which support ends and changes take effect, as a calendar."""
    selection = await select_products(moment, products, tier)
    return await _answer(moment, selection, estimates=estimates)


@document("/products/{product:str}/calendar.ics", MEDIA_TYPE)
async def show_product_calendar(
    moment: NamedDependency[Moment],
    product: FromPath[str],
    tier: OfTier = None,
    estimates: Estimates = False,  # noqa: FBT002 -- it stands in a query
) -> Response[bytes]:
    """Show the same of one product, at an address that takes no query."""
    selection = await select_product(moment, product, tier)
    return await _answer(moment, selection, estimates=estimates)


async def _answer(moment: Moment, selection: Selection, *, estimates: bool) -> Response[bytes]:
    settings = moment.app_state.settings
    work = partial(render_calendar, selection, moment.now, settings, estimates=estimates)
    calendar = await work_on(selection, moment, work)
    return Response(calendar, media_type=MEDIA_TYPE)


def render_calendar(
    selection: Selection, now: datetime, settings: Settings, *, estimates: bool
) -> bytes:
    """Write the calendar of products as they stand at an instant."""
    base = base_url(settings)
    texts = [
        text
        for snapshot in selection.snapshots
        for text in _texts(snapshot, snapshot.today(now), base, selection.tier, estimates=estimates)
    ]
    return write_calendar(
        id=identify("calendar", *selection.identity, f"estimates={estimates}"),
        name=f"{settings.title}: {selection.title}",
        description=DESCRIPTION,
        events=texts,
    )


def _texts(
    snapshot: Snapshot, today: date, base: str, tier: str | None, *, estimates: bool
) -> list[bytes]:
    """Return the events of a product that are asked for, each written once."""
    events = dated_events(snapshot, today)
    since = add_months(today.replace(day=1), -MONTHS_KEPT)
    shown = {
        place: event
        for place, event in enumerate(events)
        if event.day >= since and tier in {None, *event.tiers}
        if estimates or not event.is_estimate
    }
    standing = {event.id for event in shown.values() if not event.cancelled}
    with snapshot.working:
        written = _written(snapshot, events, base)
        return [
            _text(written, place, event, today)
            for place, event in shown.items()
            if not (event.cancelled and event.id in standing)
        ]


def _written(snapshot: Snapshot, events: tuple[DatedEvent, ...], base: str) -> _Written:
    """Return the texts of these events as far as there are any."""
    written: _Written | None = snapshot.derived.get(__name__)
    if written is None or written.events is not events or written.base != base:
        before = dict(written.texts.values()) if written else {}
        written = snapshot.derived[__name__] = _Written(events, base, {}, before)
    return written


def _text(written: _Written, place: int, event: DatedEvent, today: date) -> bytes:
    if place not in written.texts:
        day = calendar_day(event, today, written.base)
        written.texts[place] = day, written.before.get(day) or write_event(day)
    return written.texts[place][1]


def calendar_day(
    event: DatedEvent, today: date, base: str, *, more: tuple[str, ...] = ()
) -> CalendarDay:
    """Return an event as a calendar shows it, with what ``more`` is to be said of it."""
    link = write_path(base, *event_texts.address(event))
    return CalendarDay(
        id=event.id,
        day=event.day,
        title=event_texts.title(event),
        paragraphs=(*event_texts.paragraphs(event, today), *more, link),
        link=link,
        categories=(change_texts.name_of(event.snapshot), KINDS[event.kind]),
        moves=event.moves.times,
        at=event.moves.last,
        cancelled=event.cancelled,
    )


router = Router("/", route_handlers=[show_calendar, show_product_calendar])
