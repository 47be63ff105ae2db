"""What ends or takes effect on a day, in plain English that stays true while the day passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.answers import change_texts
from lifecycle.answers.line_ends import LineEnd
from lifecycle.calendar.days import write_day
from lifecycle.deprecations.notices.wording import NOUNS
from lifecycle.deprecations.states import RevisionChange
from lifecycle.policy.tier_labels import name_tiers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from lifecycle.answers.dated_events import DatedEvent
    from lifecycle.deprecations.public_histories import PublicRevision


def title(event: DatedEvent) -> str:
    """Say in one line what is on the day; what is estimated or withdrawn begins with that word."""
    snapshot, subject, tiers = event.snapshot, event.subject, name_tiers(event.tiers)
    mark = "Estimate: " if event.is_estimate else "Withdrawn: " if event.cancelled else ""
    if isinstance(subject, LineEnd):
        name = change_texts.name_of(snapshot)
        return f"{mark}{name} {subject.line}: last day of support for {tiers}"
    noun = NOUNS[event.kind].format(change_texts.thing(snapshot, subject.content))
    noun = noun if mark else noun[:1].upper() + noun[1:]
    return f"{mark}{noun} takes effect for {tiers}"


def paragraphs(event: DatedEvent, today: date) -> tuple[str, ...]:
    """Say what the day is, and why; of what was withdrawn, that it will not come."""
    subject = event.subject
    if event.taken_back_by is not None:
        return tuple(_taken_back(event.taken_back_by))
    if not isinstance(subject, LineEnd):
        return tuple(change_texts.describe_revision(subject))
    return _when(subject, name_tiers(event.tiers)), change_texts.why(event.snapshot, subject, today)


def _when(end: LineEnd, tiers: str) -> str:
    if end.estimate is not None:
        first, last = write_day(end.estimate.earliest), write_day(end.estimate.latest)
        if end.estimate.is_one_day:  # as a promise of a least time makes it, not releases
            days = f"Estimated: about {last}"
        else:
            days = f"Estimated from how often releases came out: between {first} and {last}"
        return f"{days}. Releases that are not known yet decide the day."
    last, first = write_day(end.last_day), write_day(end.first_day_without)
    return f"The last day of support for {tiers} is {last}; from {first} there is none."


def address(event: DatedEvent) -> tuple[str, ...]:
    """Return the segments of the path of the page that says more."""
    if isinstance(event.subject, LineEnd):
        return change_texts.line_address(event.snapshot.slug, event.subject.line)
    return change_texts.deprecation_address(event.deprecation or "")


def _taken_back(by: PublicRevision) -> Iterator[str]:
    is_over = RevisionChange.WITHDRAWN in by.changes
    yield f"This was announced, and then {'withdrawn' if is_over else 'left out of what changes'}."
    yield from change_texts.describe_revision(by, withdrawn=True)
