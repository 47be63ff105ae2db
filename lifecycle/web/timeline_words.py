"""A timeline in words: what its picture describes itself with, and what stands beside it (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.answers.support_phrases import lane_phrase
from lifecycle.calendar.days import write_day
from lifecycle.documents.text_directions import isolated
from lifecycle.documents.word_lists import listed
from lifecycle.policy.tier_labels import tier_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.answers.timeline_markers import MarkerOut
    from lifecycle.answers.timelines import LaneOut, TimelineOut


class TimelineSentence(msgspec.Struct, frozen=True):
    """What a lane or a marker shows; ``deprecation`` is the id of what was announced."""

    text: str
    deprecation: str | None = None


def sentences_of(timeline: TimelineOut) -> list[TimelineSentence]:
    """Say in words all that a picture of a timeline shows."""
    lanes = [lane_words(line.line, lane) for line in timeline.lines for lane in line.lanes]
    return [
        *(TimelineSentence(f"{words}.") for words in lanes),
        *(
            TimelineSentence(f"{marker_words(marker, timeline.tiers)}.", marker.id)
            for marker in timeline.markers
        ),
    ]


def lane_words(line: str, lane: LaneOut) -> str:
    """Say what a tier gets for a line."""
    return f"{isolated(line)}, {isolated(tier_label(lane.tier))}: {lane_phrase(lane)}"


def marker_words(marker: MarkerOut, tiers: Sequence[str]) -> str:
    """Say what happens on a day; the tiers are named where others are shown as well."""
    words = f"{write_day(marker.day)}: {marker.text}"
    if not 0 < len(marker.tiers) < len(tiers):
        return words
    return f"{words}, for {listed([isolated(tier_label(tier)) for tier in marker.tiers])}"
