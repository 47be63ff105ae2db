"""The shape of a policy document, how it becomes a policy, and how a policy is written as one."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta, inspect

from lifecycle.calendar.business import BusinessHours
from lifecycle.calendar.zones import stored_zone
from lifecycle.documents.suggestions import suggest
from lifecycle.documents.type_descriptions import UnfitValueError, chooses, reads, says
from lifecycle.policy.field_types import (
    Clock,
    LengthText,
    Lines,
    Name,
    Shape,
    Title,
    check_distinct,
    check_holidays,
    check_rule,
    check_zone,
    parse_length,
    read_clock,
)
from lifecycle.policy.notice_periods import NoticeIn, terms_document
from lifecycle.policy.policies import (
    Announce,
    Gate,
    Policy,
    Response,
    Scope,
    Severity,
    Tier,
    Weekday,
)
from lifecycle.policy.stages import MATURITY, Stage
from lifecycle.policy.windows import RULES, WindowIn, window_document

_SEVERITY = inspect.type_info(Severity)
SeverityIn: TypeAlias = Annotated[
    # YAML 1.1 readers make false of an unquoted `off`.
    Any, chooses(lambda value: inspect.AnyType() if value is False else _SEVERITY, _SEVERITY)
]
Reminder: TypeAlias = Annotated[int, Meta(ge=1, le=3650)]


class ScopeIn(Shape, frozen=True):
    """What a tier's support helps with, and what it does not."""

    included: Lines = ()
    excluded: Lines = ()


class TierIn(Shape, frozen=True):
    """A level of support."""

    rank: Annotated[int, Meta(ge=0, le=1000)]
    window: Annotated[WindowIn, says(f"a mapping with one of {RULES}")]
    channels: Lines = ()
    scope: ScopeIn | None = None
    response: Response | None = None

    def tier(self, name: str) -> Tier:
        """Give the tier under its name."""
        stated = self.scope or ScopeIn()
        scope = Scope(stated.included, stated.excluded)
        return Tier(name, self.rank, self.window.window(), self.channels, scope, self.response)


class BusinessHoursIn(Shape, frozen=True):
    """When the vendor's people are at work."""

    days: Annotated[
        tuple[Weekday, ...],
        Meta(min_length=1),
        reads(check_distinct),
        says("a list of days of the week, mon to sun"),
    ]
    open: Clock
    close: Clock
    holidays: Annotated[str | None, reads(check_holidays)] = None

    def __post_init__(self) -> None:
        """Refuse hours that end before they begin."""
        if read_clock(self.open) >= read_clock(self.close):
            raise UnfitValueError("must open before it closes", "an `open` earlier than `close`")

    def hours(self, timezone: str) -> BusinessHours:
        """Give the hours in the policy's zone."""
        return BusinessHours(
            days=frozenset(map(list(Weekday).index, self.days)),
            open=read_clock(self.open),
            close=read_clock(self.close),
            holidays=self.holidays,
            zone=stored_zone(timezone),
        )


class LifetimesIn(Shape, frozen=True):
    """How long a feature is expected to stay in each stage before GA."""

    experimental: LengthText = None
    alpha: LengthText = None
    beta: LengthText = None
    preview: LengthText = None


def check_pre_ga(value: Any) -> None:
    """Check that a stage is one before GA."""
    stages = LifetimesIn.__struct_fields__
    if value not in stages:
        hint = suggest(value, stages) if isinstance(value, str) else ""
        allowed = ", ".join(stages)
        raise UnfitValueError(f"must be one of {allowed}{hint}", allowed)


class GateIn(Shape, frozen=True):
    """How strict the check before a release is, and what it expects."""

    rules: Annotated[
        dict[Annotated[str, reads(check_rule)], SeverityIn],
        Meta(max_length=200),
        says("a mapping of the gate's rules to error, warning, note or off"),
    ] = msgspec.field(default_factory=dict)
    stale_after: LengthText = None
    lifetimes: LifetimesIn | None = None
    sources: Annotated[
        Annotated[tuple[Name, ...], Meta(min_length=1, max_length=20)] | None,
        reads(check_distinct),
    ] = None

    def gate(self) -> Gate:
        """Give the gate's part of the policy."""
        lifetimes = msgspec.structs.asdict(self.lifetimes) if self.lifetimes else {}
        return Gate(
            {rule: Severity(stated or "off") for rule, stated in self.rules.items()},
            parse_length(self.stale_after) if self.stale_after else None,
            {Stage(stage): parse_length(text) for stage, text in lifetimes.items() if text},
            self.sources or (),
        )


class PolicyIn(Shape, frozen=True, kw_only=True):
    """A whole policy document."""

    policy: Annotated[Title, says("the policy's name")]
    version: Annotated[Title, says('the policy\'s version, quoted, such as "1"')]
    in_force_from: date
    timezone: Annotated[str, reads(check_zone)] = "UTC"
    business_hours: BusinessHoursIn | None = None
    exempt_stages: Annotated[
        tuple[Annotated[Stage, reads(check_pre_ga)], ...], reads(check_distinct)
    ] = ()
    tiers: Annotated[
        dict[Name, TierIn],
        Meta(min_length=1, max_length=50),
        says("a mapping of tier names to their terms"),
    ]
    notice: NoticeIn | None = None
    reminders: Annotated[tuple[Reminder, ...], Meta(max_length=20), reads(check_distinct)] = (
        90,
        30,
        7,
        1,
    )
    announce: Announce = Announce.DRAFTS
    gate: GateIn | None = None

    def built(self) -> Policy:
        """Give the policy, its tiers ascending by rank and its reminders the earliest first."""
        tiers = sorted((tier.tier(name) for name, tier in self.tiers.items()), key=lambda t: t.rank)
        hours = self.business_hours
        return Policy(
            name=self.policy,
            version=self.version,
            in_force_from=self.in_force_from,
            timezone=self.timezone,
            business_hours=hours.hours(self.timezone) if hours else None,
            exempt_stages=frozenset(self.exempt_stages),
            tiers=tuple(tiers),
            notice=self.notice.terms() if self.notice else {},
            reminders=tuple(sorted(self.reminders, reverse=True)),
            announce=self.announce,
            gate=self.gate.gate() if self.gate else Gate(),
        )


def policy_document(policy: Policy) -> dict[str, Any]:
    """Write a policy as a document of JSON values; reading it gives an equal policy."""
    document: dict[str, Any] = {
        "policy": policy.name,
        "version": policy.version,
        "in_force_from": policy.in_force_from.isoformat(),
        "timezone": policy.timezone,
        "exempt_stages": [str(s) for s in MATURITY if s in policy.exempt_stages],
        "tiers": {tier.name: _tier(tier) for tier in policy.tiers},
        "notice": {str(kind): terms_document(terms) for kind, terms in policy.notice.items()},
        "reminders": list(policy.reminders),
        "announce": str(policy.announce),
    }
    if policy.business_hours:
        document["business_hours"] = _hours(policy.business_hours)
    if policy.gate != Gate():
        document["gate"] = _gate(policy.gate)
    return document


def _hours(hours: BusinessHours) -> dict[str, Any]:
    document: dict[str, Any] = {
        "days": [str(day) for n, day in enumerate(Weekday) if n in hours.days],
        "open": hours.open.isoformat("minutes"),
        "close": hours.close.isoformat("minutes"),
    }
    return document | ({"holidays": hours.holidays} if hours.holidays else {})


def _gate(gate: Gate) -> dict[str, Any]:
    document: dict[str, Any] = {"rules": {rule: str(s) for rule, s in gate.rules.items()}}
    if gate.stale_after:
        document["stale_after"] = str(gate.stale_after)
    if gate.sources:
        document["sources"] = list(gate.sources)
    if gate.lifetimes:
        stated = [(stage, gate.lifetimes[stage]) for stage in MATURITY if stage in gate.lifetimes]
        document["lifetimes"] = {str(stage): str(length) for stage, length in stated}
    return document


def _tier(tier: Tier) -> dict[str, Any]:
    document: dict[str, Any] = {
        "rank": tier.rank,
        "window": window_document(tier.window),
        "channels": list(tier.channels),
    }
    if tier.scope.included or tier.scope.excluded:
        document["scope"] = msgspec.to_builtins(tier.scope)
    if tier.response:
        stated = msgspec.to_builtins(tier.response)
        document["response"] = {unit: n for unit, n in stated.items() if n is not None}
    return document
