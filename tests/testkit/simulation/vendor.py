"""A vendor and its customers, living through a year: what they do, and what they know of it.

The oracle keeps its own books in plain values, and works out from them who is affected, by when
it must have been told, and on which days it is reminded. It shares no code with what it checks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import random

ZONE = ZoneInfo("America/New_York")
PRODUCT = "clairdash"
TIERS = ("community", "pro", "enterprise")
REMINDERS = (90, 30, 7, 1)
PERIODS = {"removal": {"enterprise": 180}, "breaking_change": {"enterprise": 180}}
USUAL = {"removal": 90, "breaking_change": 90, "end_of_support": 1}
FEATURES = tuple(f"feature-{number:02}" for number in range(64))
TRIALS = tuple(f"trial-{number:02}" for number in range(24))
"""What is only beta as the year begins."""
HOLIDAYS = {
    date(2026, 11, 26), date(2026, 12, 25), date(2027, 1, 1), date(2027, 1, 18), date(2027, 2, 15),
    date(2027, 5, 31), date(2027, 6, 18), date(2027, 7, 5), date(2027, 9, 6), date(2027, 10, 11),
    date(2027, 11, 11), date(2027, 11, 25), date(2027, 12, 24), date(2027, 12, 31),
}  # fmt: skip


@dataclass
class Address:
    """A webhook of a customer; what it answers."""

    path: str
    topic: str
    status: int = 200
    uid: str = ""
    active: bool = True


@dataclass
class Customer:
    """What a customer runs, under which tier, and where it wants to be told."""

    slug: str
    tier: str
    version: str
    features: frozenset[str]
    addresses: list[Address] = field(default_factory=list)
    loyal: bool = False

    @property
    def line(self) -> str:
        return ".".join(self.version.split(".")[:2])


@dataclass
class Change:
    """A deprecation as the oracle knows it; ``waived_days`` are those that a waiver allowed."""

    uid: str
    kind: str
    lines: frozenset[str]
    feature: str | None
    days: dict[str, date]
    announced_on: date
    revised_on: date
    withdrawn: bool = False
    waived_days: dict[str, date] | None = None

    @property
    def waived(self) -> bool:
        """Whether the waiver still excuses it: what was brought forward since, it does not."""
        allowed = self.waived_days
        return allowed is not None and all(allowed[tier] <= day for tier, day in self.days.items())

    def concerns(self, customer: Customer) -> bool:
        """Say whether a customer runs what changes, under a tier that it changes for."""
        if customer.tier not in self.days:
            return False
        if self.feature is not None:
            return self.feature in customer.features
        return customer.line in self.lines


def opening(day: date) -> date:
    """Give the first business day from a day on."""
    while day.weekday() >= 5 or day in HOLIDAYS:
        day += timedelta(days=1)
    return day


def last_opening(day: date) -> date:
    """Give the last business day before a day."""
    day -= timedelta(days=1)
    while day.weekday() >= 5 or day in HOLIDAYS:
        day -= timedelta(days=1)
    return day


def reminder_days(change: Change, tier: str) -> set[tuple[date, int]]:
    """Give the days on which a tier is reminded, and the days then left."""
    effective = change.days[tier]
    found = set()
    for before in REMINDERS:
        due = effective - timedelta(days=before)
        if due > change.revised_on:
            sent = opening(due)
            sent = last_opening(effective) if sent >= effective else sent
            if sent <= change.revised_on:
                continue
            found.add((sent, (effective - sent).days))
    return found


def owed(kind: str, tier: str, announced_on: date) -> date:
    """Give the first day on which a change of this kind may take effect for a tier."""
    return announced_on + timedelta(days=PERIODS.get(kind, {}).get(tier, USUAL[kind]))


def at(day: date, hour: int) -> datetime:
    """Give an instant by the vendor's clock."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)


def some(chance: random.Random, customers: list[Customer], count: int) -> list[Customer]:
    """Pick customers who do something; the loyal ones stay as they are."""
    return chance.sample([customer for customer in customers if not customer.loyal], count)
