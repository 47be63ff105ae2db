"""What stands below a timeline: what its bars mean, and what its markers are (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from lifecycle.web.text_widths import text_width, wrapped
from lifecycle.web.timeline_bars import Bar, BarStyle
from lifecycle.web.timeline_words import marker_words

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lifecycle.answers.timeline_markers import MarkerOut
    from lifecycle.web.time_axis import TimeAxis

FONT: Final = 12
ROW: Final = 20
TEXT_ROW: Final = 16
SWATCH: Final = 34
SAMPLE: Final = 26.0
GAP: Final = 18
MARKER: Final = 18
MOST_MARKERS: Final = 40
MEANINGS: Final = {
    BarStyle.SUPPORTED: "supported",
    BarStyle.ENDLESS: "supported, no end",
    BarStyle.PROJECTED: "estimated end, depends on future releases",
    BarStyle.BY_RULE: "supported until a release ends it",
    BarStyle.UNDECLARED: "end not declared",
    BarStyle.EXTENDED: "extended by announcement",
    BarStyle.PLANNED: "planned",
    BarStyle.BEST_EFFORT: "best effort",
    BarStyle.PAST: "ended",
    BarStyle.PAST_EXTENDED: "ended, extended by announcement",
    BarStyle.UNKNOWN: "not declared",
}


class LegendEntry(msgspec.Struct, frozen=True):
    """A sample of a bar and what it means."""

    sample: Bar
    x: float
    y: float
    text: str


class Note(msgspec.Struct, frozen=True):
    """A numbered marker: its place above the lines, and its words below them.

    ``guide`` is where its day begins; the marker itself is kept within the axis.
    """

    number: int
    planned: bool
    x: float
    guide: float
    row: int
    words: str


class KeyEntry(msgspec.Struct, frozen=True):
    """What a marker's number stands for, from ``top`` on, in as many lines as it takes."""

    note: Note
    top: float
    texts: tuple[str, ...]


def legend(
    styles: Collection[BarStyle], *, start: float, right: float, top: float
) -> tuple[list[LegendEntry], float]:
    """Place the samples of the styles that occur; return them and the pixel below them."""
    entries, x, y = [], start, top
    for style, text in MEANINGS.items():
        if style not in styles:
            continue
        width = SWATCH + text_width(text, FONT)
        if x > start and x + width > right:
            x, y = start, y + ROW
        mark = x + SAMPLE * 0.6 if style is BarStyle.PROJECTED else None
        entries.append(LegendEntry(Bar(style, x, SAMPLE, mark), x, y, text))
        x = round(x + width + GAP, 1)
    return entries, y + ROW if entries else top


def notes(markers: Sequence[MarkerOut], axis: TimeAxis, *, tiers: Sequence[str]) -> list[Note]:
    """Place the markers with a number each, and keep those apart that lie close together.

    Those beyond the most that are drawn are left out.
    """
    placed: list[Note] = []
    ends: list[float] = []
    for number, marker in enumerate(markers[:MOST_MARKERS], start=1):
        x = min(max(axis.x(marker.day), axis.left + MARKER / 2), axis.right - MARKER / 2)
        row = next((row for row, end in enumerate(ends) if end <= x - MARKER), len(ends))
        ends[row : row + 1] = [x]
        words = marker_words(marker, tiers)
        placed.append(
            Note(number, marker.kind is None, round(x, 1), axis.x(marker.day), row, words)
        )
    return placed


def key_to(noted: list[Note], *, top: float, width: float) -> tuple[list[KeyEntry], float]:
    """Write the words of each marker below the others; return them and the pixel below them."""
    entries = []
    for note in noted:
        texts = tuple(wrapped(note.words, width - SWATCH, FONT))
        entries.append(KeyEntry(note, top, texts))
        top += ROW + TEXT_ROW * (len(texts) - 1)
    return entries, top
