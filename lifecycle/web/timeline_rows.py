"""The rows of a timeline: the lines one below another, each with a lane for every tier (pure)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec

from lifecycle.answers.support_phrases import end_phrase
from lifecycle.policy.tier_labels import tier_label
from lifecycle.support.status import Status
from lifecycle.web.text_widths import fitted, text_width
from lifecycle.web.timeline_bars import Bar, bars_of
from lifecycle.web.timeline_words import lane_words

if TYPE_CHECKING:
    from lifecycle.answers.timelines import LaneOut, TimelineLineOut, TimelineOut
    from lifecycle.web.time_axis import TimeAxis

EDGE: Final = 20
FONT: Final = 12
BOLD: Final = 13
GAP: Final = 14
PAD: Final = 6
LANE: Final = 18
BAR: Final = 12
TEXT_ROW: Final = 18
NARROWEST_CHART: Final = 320
LONGEST_NAME: Final = 170
LONGEST_TIER: Final = 120


class Label(msgspec.Struct, frozen=True):
    """A text, and where its baseline begins."""

    x: float
    y: float
    text: str


class LanePicture(msgspec.Struct, frozen=True, kw_only=True):
    """The bars of a tier from ``top`` on, what stands beside them, and all of it in ``words``."""

    top: float
    bars: tuple[Bar, ...]
    tier: Label
    end: Label
    status: Status
    words: str


class LinePicture(msgspec.Struct, frozen=True, kw_only=True):
    """A line's name and codename, and its lanes."""

    top: float
    bottom: float
    name: Label
    codename: Label
    lanes: tuple[LanePicture, ...]


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Where the columns begin, and how wide they are.

    With ``text_rows`` the tier and the end stand above the bar, which then has the whole width.
    """

    name_width: float
    tier: float
    tier_width: float
    chart: float
    chart_width: float
    end: float
    end_width: float
    text_rows: int = 0

    @property
    def lane(self) -> float:
        """How high a lane is."""
        return LANE + TEXT_ROW * self.text_rows


def columns_of(timeline: TimelineOut, width: int) -> Columns:
    """Give each column the room it needs; where too little is left for the bars, stack them."""
    lanes = (lane for line in timeline.lines for lane in line.lanes)
    end = max((_end_width(lane) for lane in lanes), default=0)
    name = min(max(map(_name_width, timeline.lines), default=0), LONGEST_NAME)
    tier = min(
        max((text_width(tier_label(t), FONT) for t in timeline.tiers), default=0), LONGEST_TIER
    )
    chart = EDGE + name + GAP + tier + GAP
    end_at = width - EDGE - end
    if end_at - GAP - chart >= NARROWEST_CHART:
        return Columns(
            name_width=name,
            tier=EDGE + name + GAP,
            tier_width=tier,
            chart=chart,
            chart_width=end_at - GAP - chart,
            end=end_at,
            end_width=end,
        )
    room = width - 2 * EDGE
    return Columns(
        name_width=room,
        tier=EDGE,
        tier_width=tier,
        chart=EDGE,
        chart_width=room,
        end=EDGE + tier + GAP if tier + GAP + end <= room else EDGE,
        end_width=min(end, room),
        text_rows=1 if tier + GAP + end <= room else 2,
    )


def lines_of(
    timeline: TimelineOut, columns: Columns, axis: TimeAxis, *, top: float
) -> list[LinePicture]:
    """Place the lines one below another."""
    pictures: list[LinePicture] = []
    for line in timeline.lines:
        pictures.append(_line(line, columns, axis, timeline.today, top=top))
        top = pictures[-1].bottom
    return pictures


def _line(
    line: TimelineLineOut, columns: Columns, axis: TimeAxis, today: date, *, top: float
) -> LinePicture:
    first = top + PAD
    name = fitted(line.line, columns.name_width, BOLD, bold=True)
    base = first + LANE / 2 + 4
    inline = columns.text_rows or len(line.lanes) < 2  # noqa: PLR2004 -- no second lane to stand at
    shift = text_width(name, BOLD, bold=True) + PAD if inline else 0
    codename = fitted(line.codename or "", columns.name_width - shift, FONT)
    lanes_top = first + (TEXT_ROW if columns.text_rows else 0)
    lanes = tuple(
        _lane(line.line, lane, columns, axis, today, top=lanes_top + number * columns.lane)
        for number, lane in enumerate(line.lanes)
    )
    return LinePicture(
        top=top,
        bottom=lanes_top + max(len(lanes), 1) * columns.lane + PAD,
        name=Label(EDGE, base, name),
        codename=Label(EDGE + shift, base + (0 if inline else LANE), codename),
        lanes=lanes,
    )


def _lane(
    line: str, lane: LaneOut, columns: Columns, axis: TimeAxis, today: date, *, top: float
) -> LanePicture:
    base = top + LANE / 2 + 4
    below = TEXT_ROW if columns.text_rows > 1 else 0
    bold = lane.answer.status is Status.ENDING
    end = fitted(end_phrase(lane.answer), columns.end_width, FONT, bold=bold)
    return LanePicture(
        top=top + TEXT_ROW * columns.text_rows + (LANE - BAR) / 2,
        bars=bars_of(lane, axis, today),
        tier=Label(columns.tier, base, fitted(tier_label(lane.tier), columns.tier_width, FONT)),
        end=Label(columns.end, base + below, end),
        status=lane.answer.status,
        words=lane_words(line, lane),
    )


def _name_width(line: TimelineLineOut) -> float:
    name, codename = text_width(line.line, BOLD, bold=True), text_width(line.codename or "", FONT)
    inline = len(line.lanes) < 2 and codename  # noqa: PLR2004
    return name + PAD + codename if inline else max(name, codename)


def _end_width(lane: LaneOut) -> float:
    bold = lane.answer.status is Status.ENDING
    return text_width(end_phrase(lane.answer), FONT, bold=bold)
