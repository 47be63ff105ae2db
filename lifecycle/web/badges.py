"""Badges: one version's answer in a line, as a picture and as shields.io's endpoint reads it."""

from __future__ import annotations

import msgspec
from litestar import MediaType, Router
from litestar.di import NamedDependency
from litestar.response import Response

from lifecycle.answers.badge_answers import BadgeAnswer, Unknown, badge_answer
from lifecycle.catalogue.queries import UnknownProduct
from lifecycle.server.dependencies import Moment
from lifecycle.server.request_parameters import Name, Slug, TierName
from lifecycle.web.badge_texts import COLOURS, LABEL_COLOUR, BadgeText, badge_text
from lifecycle.web.page_routes import document
from lifecycle.web.standalone_pictures import MEDIA_TYPE, PictureTemplate
from lifecycle.web.text_widths import fitted, text_width

FONT = 11
LONGEST_LABEL = 260
LONGEST_MESSAGE = 340
_TEMPLATE = PictureTemplate("badge")


class BadgeOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A badge as shields.io's endpoint reads it; ``is_error`` keeps others from colouring it."""

    schema_version: int = 1
    label: str
    message: str
    color: str
    label_color: str = LABEL_COLOUR
    is_error: bool = False


class BadgePicture(msgspec.Struct, frozen=True):
    """What the template draws: texts as far as they have room, and how wide each may be."""

    label: str
    label_width: float
    message: str
    message_width: float
    tone: str
    title: str


@document("/products/{product:str}/versions/{version:str}/badge.svg", MEDIA_TYPE)
async def show_badge(
    product: Slug, version: Name, moment: NamedDependency[Moment], tier: TierName = None
) -> Response[str]:
    """Show whether a version is supported, as a picture of one line."""
    text = await _text(product, version, tier, moment)
    return _TEMPLATE.response(_TEMPLATE.render(badge=lay_out_badge(text)))


@document("/products/{product:str}/versions/{version:str}/badge.json", MediaType.JSON)
async def show_badge_facts(
    product: Slug, version: Name, moment: NamedDependency[Moment], tier: TierName = None
) -> BadgeOut:
    """Say whether a version is supported, for a service that draws badges."""
    text = await _text(product, version, tier, moment)
    return BadgeOut(
        label=text.label, message=text.message, color=COLOURS[text.tone], is_error=not text.is_known
    )


async def _text(product: str, version: str, tier: str | None, moment: Moment) -> BadgeText:
    """Answer whatever is asked: a README keeps its badge when a version goes, and says so."""
    try:
        snapshot = await moment.snapshot(product)
    except UnknownProduct:
        moment.unkept()
        return badge_text(product, BadgeAnswer(version, unknown=Unknown.PRODUCT))
    today = snapshot.today(moment.now)
    answered = badge_answer(snapshot, version, tier=tier, today=today)
    return badge_text(snapshot.known.name or product, answered)


def lay_out_badge(text: BadgeText) -> BadgePicture:
    """Give each half of a badge the room that its text needs, up to a limit."""
    label = fitted(text.label, LONGEST_LABEL, FONT)
    message = fitted(text.message, LONGEST_MESSAGE, FONT)
    return BadgePicture(
        label=label,
        label_width=text_width(label, FONT),
        message=message,
        message_width=text_width(message, FONT),
        tone=text.tone,
        title=f"{text.label}: {text.message}",
    )


router = Router("/", route_handlers=[show_badge, show_badge_facts])
