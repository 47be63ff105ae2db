"""Kept letters: a notice as it was sent, and what has become of it since (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.calendar.distances import distance
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.notices import letters, wording
from lifecycle.policy.notice_periods import Kind

if TYPE_CHECKING:
    from datetime import date

    from lifecycle.deprecations.notices.letters import Letter
    from lifecycle.deprecations.notices.notice_facts import Addressee


def kept_letter(
    addressee: Addressee, *, stated_on: date, sent_on: date | None, withdrawn_on: date | None
) -> Letter:
    """Return a notice with the days that it had when it was sent; unsent, with those of today.

    What has changed since stands first.
    """
    stated = addressee
    if sent_on is not None:
        before = addressee.previously_on if addressee.previously_on != stated_on else None
        stated = msgspec.structs.replace(
            addressee, today=sent_on, effective_on=stated_on, previously_on=before
        )
    letter = letters.letter(stated)
    since = changed_since(addressee, stated_on=stated.effective_on, withdrawn_on=withdrawn_on)
    paragraphs = (since, *letter.paragraphs) if since else letter.paragraphs
    return msgspec.structs.replace(letter, paragraphs=paragraphs)


def changed_since(addressee: Addressee, *, stated_on: date, withdrawn_on: date | None) -> str:
    """Say whether what a notice told still stands; nothing where it does, as it was told."""
    if addressee.about.milestone is Milestone.WITHDRAWAL:
        return ""
    if withdrawn_on is not None:
        return f"Withdrawn on {wording.day(withdrawn_on)}: nothing needs to be done."
    if addressee.effective_on == stated_on:
        return ""
    is_end = addressee.about.kind is Kind.END_OF_SUPPORT
    day = addressee.last_day if is_end else addressee.effective_on
    away = distance(day, addressee.today)
    noun = "last day of support" if is_end else "day"
    return f"The {noun} was changed later: it is now {wording.day(day)} ({away})."
