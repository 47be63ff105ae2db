"""Milestones: on which days, and at which instants, a deprecation's notices are due (pure)."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from lifecycle.calendar.business import last_opening, next_opening
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
    """A notice to come: the instant at which it is sent, and the local day of that instant.

    ``effective_on`` is the day of the tiers that it concerns. A reminder is one of the policy's, so
    many ``days_before``; from the day on which it is sent, fewer or more may be left.
    """

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

    They go out at the next business opening. A reminder for which that comes only on the effective
    day goes out at the last opening before it; of several on one day, the last one stands for all.
    """
    for effective_on in sorted(set(effective_days)):
        yield from _reminders(policy, effective_on, today=today)
        if effective_on > today:
            yield on_the_day(policy, effective_on)


def _reminders(policy: Policy, effective_on: date, *, today: date) -> Iterator[Due]:
    by_day: dict[date, Due] = {}
    for days_before in sorted(policy.reminders, reverse=True):
        intended_on = add_days(effective_on, -days_before)
        if not today < intended_on < effective_on:
            continue
        on, at = _opening_on(policy, intended_on)
        if on >= effective_on and policy.business_hours is not None:
            at = last_opening(effective_on, policy.business_hours)
            on = local_day(at, zone(policy.timezone))
        if on > today:
            by_day[on] = Due(Milestone.REMINDER, on, at, effective_on, days_before)
    yield from by_day.values()


def on_the_day(policy: Policy, effective_on: date) -> Due:
    """Make the effective day be told at its business opening, or at the next one."""
    on, at = _opening_on(policy, effective_on)
    return Due(Milestone.EFFECTIVE, on, at, effective_on)


def opening(policy: Policy, day: date) -> datetime:
    """Return the first instant from a local day on, in UTC, at which the business is open.

    Without business hours, that is the day's beginning.
    """
    begins = instant_of(day, time(), zone(policy.timezone))
    if policy.business_hours is None:
        return begins
    return next_opening(begins, policy.business_hours).astimezone(UTC)


def opening_day(policy: Policy, day: date) -> date:
    """Return the first local day from a day on, on which the business opens."""
    return _opening_on(policy, day)[0]


def _opening_on(policy: Policy, day: date) -> tuple[date, datetime]:
    at = opening(policy, day)
    return local_day(at, zone(policy.timezone)), at


def notice_uid(deprecation: str, number: int, due: Due) -> str:
    """Derive a notice's id, the same whenever it is made again (design, section 3.5).

    It rests on the day that the policy names, whatever business hours make of that.
    """
    effective, day = "", due.on
    if due.effective_on is not None:
        effective = due.effective_on.isoformat()
        day = add_days(due.effective_on, -(due.days_before or 0))
    name = f"{deprecation}/{number}/{due.milestone}/{day.isoformat()}/{effective}"
    return str(uuid.uuid5(NAMESPACE, name))
