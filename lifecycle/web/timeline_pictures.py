"""The timeline as a picture that stands alone: in pages, and in a README elsewhere."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from litestar import Router
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Response

from lifecycle.answers.timeline_questions import TimelineQuestion, read_question
from lifecycle.answers.timelines import timeline
from lifecycle.server.dependencies import Moment
from lifecycle.server.processor_time import run_in_thread
from lifecycle.server.request_parameters import Slug
from lifecycle.web.page_parameters import FormText, filled
from lifecycle.web.page_routes import document
from lifecycle.web.standalone_pictures import MEDIA_TYPE, PictureTemplate
from lifecycle.web.timeline_layout import lay_out

if TYPE_CHECKING:
    from lifecycle.answers.snapshots import Snapshot

USUAL_WIDTH = 960
NARROW_WIDTH = 360
"""Of a phone."""

_TEMPLATE = PictureTemplate("timeline")

From = Annotated[date | None, QueryParameter(name="from", description="The first day shown.")]
To = Annotated[date | None, QueryParameter(name="to", description="The last day shown.")]
Width = Annotated[int, QueryParameter(description="The width in pixels.", ge=320, le=2000)]


@document("/products/{product:str}/timeline.svg", MEDIA_TYPE)
async def show_timeline(
    product: Slug,
    moment: NamedDependency[Moment],
    tiers: FormText = None,
    lines: FormText = None,
    from_: From = None,
    to: To = None,
    width: Width = USUAL_WIDTH,
) -> Response[str]:
    """Show which lines each tier covers over time."""
    question = read_question(tiers=filled(tiers), lines=filled(lines), first=from_, last=to)
    snapshot = await moment.snapshot(product)
    return await answer(snapshot, question, today=snapshot.today(moment.now), width=width)


@document("/products/{product:str}/timeline-narrow.svg", MEDIA_TYPE)
async def show_narrow_timeline(product: Slug, moment: NamedDependency[Moment]) -> Response[str]:
    """Show the same on a phone, at an address without a query, so that files have it as well."""
    snapshot = await moment.snapshot(product)
    today = snapshot.today(moment.now)
    return await answer(snapshot, TimelineQuestion(), today=today, width=NARROW_WIDTH)


async def answer(
    snapshot: Snapshot, question: TimelineQuestion, *, today: date, width: int
) -> Response[str]:
    """Draw a timeline beside the other work of this process, and answer with it."""
    return _TEMPLATE.response(
        await run_in_thread(draw, snapshot, question, today=today, width=width)
    )


def draw(snapshot: Snapshot, question: TimelineQuestion, *, today: date, width: int) -> str:
    """Draw a timeline so many pixels wide."""
    return _TEMPLATE.render(picture=lay_out(timeline(snapshot, question, today=today), width=width))


router = Router("/", route_handlers=[show_timeline, show_narrow_timeline])
