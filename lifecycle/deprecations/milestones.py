"""Milestones: on which days, and at which instants, a deprecation's notices are due (pure)."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from lifecycle.calendar.business import next_opening
from lifecycle.calendar.lengths import add_days
from lifecycle.calendar.zones import instant_of, local_day, zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lifecycle.policy.policies import Policy

NAMESPACE = uuid.UUID("0f6c1c0e-8f0c-5a53-9f0d-0a4be6a3d7c1")


class Milestone(StrEnum):
    """A moment in a deprecation's life at which a notice is due."""

    ANNOUNCEMENT = "announcement"
    REMINDER = "reminder"
    EFFECTIVE = "effective"
    AMENDMENT = "amendment"
    WITHDRAWAL = "withdrawal"


class Due(msgspec.Struct, frozen=True):
    """A notice to come: on a local day, at an instant; for the tiers that end on one day."""

    milestone: Milestone
    on: date
    at: datetime
    effective_on: date | None = None
    days_before: int | None = None


def at_once(milestone: Milestone, *, today: date, now: datetime) -> Due:
    """Make what a person decides be told without delay."""
    return Due(milestone, today, now)


def to_come(policy: Policy, effective_days: Iterable[date], *, today: date) -> Iterator[Due]:
    """Yield the reminders and effective days that lie after today, for each distinct day.

    They go out at the next business opening. A reminder whose next opening comes only on its
    effective day goes out before it all the same, at the beginning of its own day.
    """
    for effective_on in sorted(set(effective_days)):
        for days_before in sorted(policy.reminders, reverse=True):
            on = add_days(effective_on, -days_before)
            if today < on < effective_on:
                at = opening(policy, on, before=effective_on)
                yield Due(Milestone.REMINDER, on, at, effective_on, days_before)
        if effective_on > today:
            yield on_the_day(policy, effective_on)


def on_the_day(policy: Policy, effective_on: date) -> Due:
    """Make the effective day be told at its business opening, or at the next one."""
    at = opening(policy, effective_on)
    return Due(Milestone.EFFECTIVE, effective_on, at, effective_on)


def opening(policy: Policy, day: date, *, before: date | None = None) -> datetime:
    """Return the first instant from a local day on, in UTC, at which the business is open.

    Without business hours, or where that instant is not ``before`` a day, the day's beginning.
    """
    where = zone(policy.timezone)
    begins = instant_of(day, time(), where)
    if policy.business_hours is None:
        return begins
    opens = next_opening(begins, policy.business_hours)
    if before is not None and local_day(opens, where) >= before:
        return begins
    return opens.astimezone(UTC)


def notice_uid(deprecation: str, number: int, due: Due) -> str:
    """Derive a notice's id, the same whenever it is made again (design, section 3.5)."""
    effective = due.effective_on.isoformat() if due.effective_on else ""
    name = f"{deprecation}/{number}/{due.milestone}/{due.on.isoformat()}/{effective}"
    return str(uuid.uuid5(NAMESPACE, name))
