"""The words and the colour of a badge (pure)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from lifecycle.answers.badge_answers import Unknown
from lifecycle.calendar.days import write_day, write_month
from lifecycle.documents.text_directions import isolated
from lifecycle.policy.tier_labels import tier_label
from lifecycle.support.intervals import End
from lifecycle.support.status import Status

if TYPE_CHECKING:
    from lifecycle.answers.badge_answers import BadgeAnswer
    from lifecycle.support.status import Answer


class Tone(StrEnum):
    """How a message is coloured; the values are classes of the style sheet."""

    GOOD = "good"
    SOON = "soon"
    OVER = "over"
    CALM = "calm"
    PLAN = "plan"


COLOURS = {
    Tone.GOOD: "#1a7f37",
    Tone.SOON: "#9a5b00",
    Tone.OVER: "#b3261e",
    Tone.CALM: "#59636e",
    Tone.PLAN: "#4338ca",
}
"""White text on each of them, and on that of the label, can be read."""
LABEL_COLOUR = "#333b45"

_TONES = {
    Status.SUPPORTED: Tone.GOOD,
    Status.ENDING: Tone.SOON,
    Status.BEST_EFFORT: Tone.CALM,
    Status.UNSUPPORTED: Tone.OVER,
    Status.WITHDRAWN: Tone.OVER,
    Status.PLANNED: Tone.PLAN,
    Status.PRERELEASE: Tone.CALM,
    Status.UNKNOWN: Tone.CALM,
}


class BadgeText(msgspec.Struct, frozen=True):
    """What a badge says: ``label`` names what it speaks of, ``message`` is the answer."""

    label: str
    message: str
    tone: Tone
    is_known: bool = True


def badge_text(product: str, answered: BadgeAnswer) -> BadgeText:
    """Put an answer into the few words of a badge, with days written out and no distances."""
    label = f"{isolated(product)} {isolated(answered.version)}"
    if answered.tier is not None and answered.unknown is not Unknown.TIER:
        label += f", {isolated(tier_label(answered.tier))}"
    if answered.answer is not None:
        message = _message(answered.answer, answered)
        return BadgeText(label, message, _TONES[answered.answer.status])
    messages = {
        Unknown.PRODUCT: "unknown product",
        Unknown.VERSION: "unknown version",
        Unknown.TIER: f"unknown tier {isolated(answered.tier or '')}",
        Unknown.POLICY: "no support policy",
    }
    message = messages[answered.unknown or Unknown.PRODUCT]
    return BadgeText(label, message, Tone.CALM, answered.unknown is Unknown.POLICY)


def _message(answer: Answer, answered: BadgeAnswer) -> str:
    match answer.status:
        case Status.SUPPORTED | Status.ENDING:
            return _covered(answer)
        case Status.UNSUPPORTED if answer.supported_until is not None:
            return f"support ended {write_day(answer.supported_until)}"
        case Status.UNSUPPORTED:
            return "support ended" if answer.end is End.UNKNOWN else "not supported"
        case Status.PLANNED:
            day = answered.planned_on or answer.supported_from
            return f"planned for {write_day(day)}" if day else "planned"
        case Status.BEST_EFFORT:
            return "best effort"
        case Status.PRERELEASE | Status.WITHDRAWN:
            return str(answer.status)
        case Status.UNKNOWN:
            return "not declared"


def _covered(answer: Answer) -> str:
    """Say until when, an estimate by its month alone, as it says no more than that."""
    if answer.supported_until is not None:
        return f"supported until {write_day(answer.supported_until)}"
    estimate, at_least = answer.projected_until, answer.at_least_until
    if estimate is not None and not (at_least and estimate.median <= at_least):
        return f"supported, ends about {write_month(estimate.median)} (estimate)"
    if at_least is not None:
        return f"supported at least until {write_day(at_least)}"
    endings = {
        End.RULE: "supported until a release ends it",
        End.NONE: "supported, no end",
    }
    return endings.get(answer.end, "supported, end not declared")
