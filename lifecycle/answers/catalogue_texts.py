"""What happened to releases and lines themselves, in plain English."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lifecycle.answers.catalogue_changes import LineCorrection, ReleaseTurn
from lifecycle.answers.support_interruptions import Interruption
from lifecycle.calendar.days import write_day
from lifecycle.documents.word_lists import listed
from lifecycle.policy.tier_labels import name_tiers
from lifecycle.policy.window_words import PHASES
from lifecycle.policy.windows import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def title(
    product: str, subject: Interruption | ReleaseTurn | LineCorrection, tiers: Iterable[str]
) -> str:
    """Say in one line what happened."""
    if isinstance(subject, Interruption):
        day = write_day(subject.again_from)
        return f"Support for {product} {subject.line} resumed for {name_tiers(tiers)} on {day}"
    if isinstance(subject, ReleaseTurn):
        verb = "restored" if subject.is_back else "withdrawn"
        return f"{product} {subject.version} was {verb} on {write_day(subject.day)}"
    before, after = subject.recorded.before, subject.recorded.after
    declared = listed(
        [_corrected(phase, before, after) for phase in Phase if _differs(phase, before, after)]
    )
    return f"Corrected: {product} {subject.line} declares {declared}"


def paragraphs(subject: Interruption | ReleaseTurn | LineCorrection) -> Iterator[str]:
    """Yield what follows from it."""
    if isinstance(subject, Interruption):
        last, again = write_day(subject.end.last_day), write_day(subject.again_from)
        yield f"Support had ended with {last}; since {again} the line is supported again."
    elif isinstance(subject, LineCorrection):
        yield "What was declared before was wrong. Each day is the last one of its phase."
    elif subject.is_back:
        yield "It counts again."
    else:
        yield "It should no longer be used, and counts no more."
        for line, tiers in subject.again.items():
            yield f"{line} is supported again for {name_tiers(tiers)}."


def _differs(phase: Phase, before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    return before.get(phase) != after.get(phase)


def _corrected(
    phase: Phase, before: Mapping[str, str | bool], after: Mapping[str, str | bool]
) -> str:
    """Write a phase with what is declared of it now and was before.

    >>> _corrected(Phase.END_OF_LIFE, {"end_of_life": "2027-12-31"}, {"end_of_life": "2027-10-31"})
    'its end of life as 31 October 2027, not 31 December 2027'
    """
    return f"its {PHASES[phase]} as {_said(after.get(phase))}, not {_said(before.get(phase))}"


def _said(declared: str | bool | None) -> str:  # noqa: FBT001
    if declared is None:
        return "not declared"
    if isinstance(declared, bool):
        return "over" if declared else "open"
    return write_day(date.fromisoformat(declared))
