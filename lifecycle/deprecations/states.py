"""How far a deprecation has come, and what each kind of it ends (pure)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from lifecycle.policy.notice_periods import Kind

if TYPE_CHECKING:
    from datetime import date


class State(StrEnum):
    """What somebody decided; whether it is in force, the day decides."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    ANNOUNCED = "announced"
    WITHDRAWN = "withdrawn"


class Status(StrEnum):
    """A deprecation's state as it stands on a day."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    ANNOUNCED = "announced"
    EFFECTIVE = "effective"
    WITHDRAWN = "withdrawn"


class Origin(StrEnum):
    """Who thought of it: a person, or the policy."""

    MANUAL = "manual"
    POLICY = "policy"


class RevisionChange(StrEnum):
    """What a revision did; an amendment may do several at once."""

    ANNOUNCED = "announced"
    POSTPONED = "postponed"
    BROUGHT_FORWARD = "brought_forward"
    WIDENED = "widened"
    NARROWED = "narrowed"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


def changes_in(written: str) -> tuple[RevisionChange, ...]:
    """Read what a revision did, as its row has it.

    >>> [change.value for change in changes_in("postponed+narrowed")]
    ['postponed', 'narrowed']
    """
    return tuple(RevisionChange(change) for change in written.split("+"))


class NoticeState(StrEnum):
    """How far a notice has come: filled once every recipient has its deliveries."""

    WAITING = "waiting"
    FILLING = "filling"
    FILLED = "filled"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class Affected(StrEnum):
    """Whether an account runs what changes, or only may: ``why_possibly`` then says why it may."""

    YES = "yes"
    POSSIBLY = "possibly"


def affected_now(affected: str, why_possibly: str | None) -> Affected:
    """Say whether a recipient runs what changes: only possibly, while there is a why.

    >>> affected_now("yes", None).value, affected_now("yes", "no_features").value
    ('yes', 'possibly')
    """
    return Affected(affected) if why_possibly is None else Affected.POSSIBLY


ENDS_SUPPORT = frozenset({Kind.END_OF_SUPPORT, Kind.DISCONTINUATION})
PUBLIC = frozenset({State.ANNOUNCED, State.WITHDRAWN})
UNANNOUNCED = frozenset({State.DRAFT, State.SCHEDULED})
UNFILLED = frozenset({NoticeState.WAITING, NoticeState.FILLING})
"""A notice in one of these is still to reach some of its recipients."""


def status_on(state: str, first_effective_on: date | None, day: date) -> Status:
    """Return the status on a day: effective from the first day on which any tier is concerned.

    >>> from datetime import date
    >>> status_on("announced", date(2027, 1, 31), date(2027, 1, 31)).value
    'effective'
    """
    if state == State.ANNOUNCED and first_effective_on is not None and first_effective_on <= day:
        return Status.EFFECTIVE
    return Status(state)
