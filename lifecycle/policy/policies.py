"""A policy as the rest of the service uses it: checked, ranked, and never changed."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from lifecycle.calendar.business import BusinessHours
from lifecycle.calendar.lengths import Length
from lifecycle.documents.suggestions import suggest
from lifecycle.documents.type_descriptions import UnfitValueError
from lifecycle.errors import NotFound
from lifecycle.policy.field_types import Count, Shape
from lifecycle.policy.notice_periods import Kind, NoticeTerms, Period, period_for
from lifecycle.policy.stages import Stage
from lifecycle.policy.windows import Window


class UnknownTier(NotFound):
    """The policy has no such tier."""


class Announce(StrEnum):
    """What implied ends do by themselves: wait as drafts for a person, or announce themselves."""

    DRAFTS = "drafts"
    IMPLIED_ENDS = "implied_ends"


class Severity(StrEnum):
    """What a finding of a gate's rule does: fail, warn, be mentioned, or not be looked for."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    OFF = "off"


class Weekday(StrEnum):
    """The days of a week, as a policy names them; Monday first."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Scope(msgspec.Struct, frozen=True):
    """What a tier's support helps with, and what it does not."""

    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


class Response(Shape, frozen=True):
    """When an answer is owed: within business days, or within hours by the clock."""

    business_days: Count | None = None
    hours: Count | None = None

    def __post_init__(self) -> None:
        """Refuse two measures, and none."""
        if (self.business_days is None) == (self.hours is None):
            raise UnfitValueError(
                "must state either business_days or hours", "{business_days: 2} or {hours: 4}"
            )


class Tier(msgspec.Struct, frozen=True):
    """A level of support: the lines it covers and what comes with it.

    ``channels`` are this tier's own; those of lower ranks come on top.
    """

    name: str
    rank: int
    window: Window
    channels: tuple[str, ...] = ()
    scope: Scope = Scope()
    response: Response | None = None


class Gate(msgspec.Struct, frozen=True):
    """How strict the check before a release is, and when what it knows is too old.

    ``lifetimes`` say how long a feature is expected to stay in a pre-GA stage; ``sources`` are
    those whose facts must be fresh, none for all that were ever synced.
    """

    rules: dict[str, Severity] = {}
    stale_after: Length | None = None
    lifetimes: dict[Stage, Length] = {}
    sources: tuple[str, ...] = ()


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor's promise, in force from a day on in its own time zone; tiers ascend by rank."""

    name: str
    version: str
    in_force_from: date
    tiers: tuple[Tier, ...]
    timezone: str = "UTC"
    business_hours: BusinessHours | None = None
    exempt_stages: frozenset[Stage] = frozenset()
    notice: dict[Kind, NoticeTerms] = {}
    reminders: tuple[int, ...] = (90, 30, 7, 1)
    announce: Announce = Announce.DRAFTS
    gate: Gate = Gate()

    @property
    def longest_reminder(self) -> int:
        """How many days before an end the first reminder goes out; 0 without reminders."""
        return max(self.reminders, default=0)

    def tier(self, name: str) -> Tier:
        """Give the tier of that name; there being none is a 404 of its own kind."""
        for tier in self.tiers:
            if tier.name == name:
                return tier
        raise UnknownTier(_unknown_tier(self, name))

    def period(self, kind: Kind, tier: str, stage: Stage | None = None) -> Period | None:
        """Give the notice period that tier is owed; ``None`` where the stage is exempt."""
        if stage in self.exempt_stages:
            return None
        return period_for(self.notice, kind, tier, stage)


def _unknown_tier(policy: Policy, name: str) -> str:
    names = [tier.name for tier in policy.tiers]
    return (
        f"Policy {policy.name} version {policy.version} has no tier {name!r}, "
        f"only {', '.join(names)}{suggest(name, names) or '.'}"
    )
