"""What releases are called on the console's pages, and what was just done to one (pure)."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from lifecycle.calendar.lengths import add_days
from lifecycle.web.console.deprecation_words import count_accounts

if TYPE_CHECKING:
    from datetime import date

    from lifecycle.catalogue.models import Release


class ReleaseState(StrEnum):
    """How a release stands on a day."""

    PLANNED = "planned"
    OVERDUE = "overdue"
    OUT = "out"
    WITHDRAWN = "withdrawn"


STATE_NAMES: Final = {
    ReleaseState.PLANNED: "Planned",
    ReleaseState.OVERDUE: "Planned, past its day",
    ReleaseState.OUT: "Released",
    ReleaseState.WITHDRAWN: "Withdrawn",
}
STATE_TONES: Final = {
    ReleaseState.PLANNED: "planned",
    ReleaseState.OVERDUE: "ending",
    ReleaseState.OUT: "supported",
    ReleaseState.WITHDRAWN: "withdrawn",
}
"""The look of a version's status that each of them shares."""

FIELD_NAMES: Final = {
    "version": "Version",
    "day": "Day",
    "stage": "Stage",
    "line": "Line",
    "notes_url": "Release notes",
    "reason": "Reason",
    "released_on": "Day on which it came out",
    "withdrawn_on": "First day withdrawn",
    "restored_on": "First day back",
}
"""What the fields of forms about releases are called on their pages."""

OUTLOOK_WORDS: Final[dict[str, Any]] = {
    "count_accounts": count_accounts,
    "last_day_before": partial(add_days, days=-1),
}
"""What templates that show the outlook of a release are given."""

OUTCOMES: Final = {
    "registered": "The release is registered.",
    "planned": "The release is planned. It counts once it is registered as released.",
    "confirmed": "The plan is confirmed: the release is out.",
    "already": "It was stored already, when the form was first sent. Nothing was done twice.",
    "moved": "The plan is moved.",
    "withdrawn": "The release is withdrawn.",
    "restored": "The release is restored.",
    "undone": "The withdrawal is taken back: the release counts as if it had never been.",
    "corrected": "The release is corrected.",
    "voided": "The release is voided: it never counted. The log keeps it, with the reason.",
    "voided-already": "It was voided already, when the form was first sent.",
}


def state_of(release: Release, today: date) -> ReleaseState:
    """Return how a release stands today; one that was restored is out."""
    if release.released_on is None:
        is_past = release.planned_on is not None and release.planned_on < today
        return ReleaseState.OVERDUE if is_past else ReleaseState.PLANNED
    if release.withdrawn_on is None or release.withdrawn_on > today:
        return ReleaseState.OUT
    is_back = release.restored_on is not None and release.restored_on <= today
    return ReleaseState.OUT if is_back else ReleaseState.WITHDRAWN
