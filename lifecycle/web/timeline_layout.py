"""The picture of a timeline: where everything in it stands, in pixels (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from lifecycle.calendar.days import write_day
from lifecycle.documents.text_directions import isolated
from lifecycle.web.text_widths import fitted, text_width, wrapped
from lifecycle.web.time_axis import Tick, TimeAxis
from lifecycle.web.timeline_notes import (
    MARKER,
    ROW,
    TEXT_ROW,
    KeyEntry,
    LegendEntry,
    Note,
    key_to,
    legend,
    notes,
)
from lifecycle.web.timeline_rows import (
    EDGE,
    FONT,
    GAP,
    PAD,
    Columns,
    Label,
    LinePicture,
    columns_of,
    lines_of,
)
from lifecycle.web.timeline_words import sentences_of

if TYPE_CHECKING:
    from lifecycle.answers.timelines import TimelineOut

HEADING: Final = 17
AXIS_ROW: Final = 15
TODAY: Final = "today"
LANES_WITHOUT_SECOND_AXIS: Final = 16


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """The lines over their days; tops and bottoms count from the picture's upper edge.

    ``axis_tops`` are where the axis is written: above the lines, and below many of them as well.
    """

    columns: Columns
    axis: TimeAxis
    ticks: list[Tick]
    years: list[Tick]
    axis_tops: list[float]
    today: float | None
    today_label: Label
    notes: list[Note]
    notes_top: float
    top: float
    bottom: float
    lines: list[LinePicture]

    @property
    def below(self) -> float:
        """The upper edge of what may stand below."""
        return self.bottom + GAP + (len(self.axis_tops) - 1) * (self.top - self.axis_tops[0])


class TimelinePicture(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the template draws."""

    width: int
    height: float
    title: str
    description: str
    heading: Label
    subheadings: list[Label]
    chart: Chart
    legend: list[LegendEntry]
    key: list[KeyEntry]
    remarks: list[Label]


def lay_out(timeline: TimelineOut, *, width: int) -> TimelinePicture:
    """Place everything in a picture so many pixels wide, and as high as it needs."""
    room = width - 2 * EDGE
    subheadings = _labels([_subheading(timeline)], room, top=EDGE + HEADING + PAD)
    chart = _chart(timeline, width, header=subheadings[-1].y + GAP)
    styles = {bar.style for line in chart.lines for lane in line.lanes for bar in lane.bars}
    entries, below = legend(styles, start=EDGE, right=width - EDGE, top=chart.below)
    key, below = key_to(chart.notes, top=below + PAD, width=room)
    remarks = _labels(_remarks(timeline, chart.notes), room, top=below + PAD)
    title = f"Support for {isolated(timeline.name or timeline.product)}"
    return TimelinePicture(
        width=width,
        height=round((remarks[-1].y if remarks else below) + EDGE, 1),
        title=title,
        description=_description(timeline),
        heading=Label(EDGE, EDGE + HEADING, fitted(title, room, HEADING, bold=True)),
        subheadings=subheadings,
        chart=chart,
        legend=entries,
        key=key,
        remarks=remarks,
    )


def _labels(texts: list[str], room: float, *, top: float) -> list[Label]:
    lines = [line for text in texts for line in wrapped(text, room, FONT)]
    return [Label(EDGE, top + FONT + TEXT_ROW * number, text) for number, text in enumerate(lines)]


def _chart(timeline: TimelineOut, width: int, *, header: float) -> Chart:
    columns = columns_of(timeline, width)
    axis = TimeAxis(timeline.first, timeline.last, begin=columns.chart, width=columns.chart_width)
    noted = notes(timeline.markers, axis, tiers=timeline.tiers)
    axis_top = header + ROW + MARKER * (1 + max((note.row for note in noted), default=-1))
    years = axis.years()
    top = axis_top + AXIS_ROW * (2 if years else 1)
    lines = lines_of(timeline, columns, axis, top=top + PAD)
    bottom = lines[-1].bottom if lines else top + ROW
    lanes = sum(len(line.lanes) for line in lines)
    return Chart(
        columns=columns,
        axis=axis,
        ticks=axis.ticks(),
        years=years,
        axis_tops=[axis_top, bottom] if lanes > LANES_WITHOUT_SECOND_AXIS else [axis_top],
        today=axis.x(timeline.today) if axis.shows(timeline.today) else None,
        today_label=_today(timeline, axis, top=header),
        notes=noted,
        notes_top=header + ROW,
        top=top,
        bottom=bottom,
        lines=lines,
    )


def _today(timeline: TimelineOut, axis: TimeAxis, *, top: float) -> Label:
    half = text_width(TODAY, FONT, bold=True) / 2
    x = min(max(axis.x(timeline.today), axis.left + half), axis.right - half)
    return Label(round(x, 1), top + FONT, TODAY)


def _subheading(timeline: TimelineOut) -> str:
    policy = timeline.policy
    named = f"policy {isolated(policy.name)} {policy.version}" if policy else "no policy in force"
    return f"{write_day(timeline.today)} ({timeline.timezone}) · {named}"


def _description(timeline: TimelineOut) -> str:
    sentences = [sentence.text for sentence in sentences_of(timeline)]
    return " ".join([f"As of {write_day(timeline.today)}.", *sentences])


def _remarks(timeline: TimelineOut, noted: list[Note]) -> list[str]:
    remarks = []
    if not timeline.tiers:
        remarks.append("There is no support policy yet, so nothing is promised.")
    if not timeline.lines:
        remarks.append("There is no release yet.")
    if timeline.lines_left_out:
        remarks.append(f"{timeline.lines_left_out} more lines are not shown.")
    elif len(timeline.lines) < timeline.lines_known:
        remarks.append(f"{len(timeline.lines)} of {timeline.lines_known} lines are shown.")
    if len(noted) < len(timeline.markers):
        remarks.append(f"{len(timeline.markers) - len(noted)} more markers are not shown.")
    return remarks
