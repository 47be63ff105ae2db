"""The shape of a policy document, and how each part of it becomes a part of a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from lifecycle.calendar.business import BusinessHours
from lifecycle.calendar.zones import zone
from lifecycle.policy import field_types
from lifecycle.policy.field_types import Distinct, refused
from lifecycle.policy.notice_periods import Kind, NoticeTerms
from lifecycle.policy.policies import Announce, Gate, Policy, Response, Scope, Tier, Weekday
from lifecycle.policy.stages import MATURITY, PRE_GA, Stage
from lifecycle.policy.window_schema import Shape, WindowIn

if TYPE_CHECKING:
    from lifecycle.calendar.lengths import Length

Sources: TypeAlias = Annotated[
    tuple[field_types.Name, ...], Field(min_length=1, max_length=20), Distinct
]
Lines: TypeAlias = Annotated[tuple[field_types.Line, ...], Field(max_length=100), Distinct]


class ScopeIn(Shape):
    """What a tier's support helps with."""

    included: Lines = ()
    excluded: Lines = ()


class ResponseIn(Shape):
    """When an answer is owed."""

    business_days: field_types.Count | None = None
    hours: field_types.Count | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> ResponseIn:
        if (self.business_days is None) == (self.hours is None):
            raise refused(
                "must state either business_days or hours", "{business_days: 2} or {hours: 4}"
            )
        return self


class TierIn(Shape):
    """A level of support."""

    rank: field_types.Rank
    window: WindowIn
    channels: Lines = ()
    scope: ScopeIn | None = None
    response: ResponseIn | None = None

    def tier(self, name: str) -> Tier:
        """Give the tier under its name."""
        scope, response = self.scope, self.response
        return Tier(
            name,
            self.rank,
            self.window.window(),
            self.channels,
            Scope(scope.included, scope.excluded) if scope else Scope(),
            Response(response.business_days, response.hours) if response else None,
        )


class BusinessHoursIn(Shape):
    """When the vendor's people are at work."""

    days: Annotated[tuple[field_types.WeekdayIn, ...], Field(min_length=1), Distinct]
    open: field_types.Clock
    close: field_types.Clock
    holidays: field_types.Holidays | None = None

    @model_validator(mode="after")
    def _open_before_close(self) -> BusinessHoursIn:
        if self.open >= self.close:
            raise refused("must open before it closes", "an `open` earlier than `close`")
        return self

    def hours(self, timezone: str) -> BusinessHours:
        """Give the hours in the policy's zone."""
        days = frozenset(map(list(Weekday).index, self.days))
        return BusinessHours(
            days=days,
            open=self.open,
            close=self.close,
            holidays=self.holidays,
            zone=zone(timezone),
        )


def _as_terms(value: Any) -> Any:
    """Let a bare period stand for a mapping with nothing but a default."""
    if isinstance(value, dict) and "longest" not in value:
        return value
    return {"default": value}


class StageTermsIn(BaseModel):
    """What one stage owes; keys beside ``default`` are tiers."""

    model_config = ConfigDict(extra="allow", arbitrary_types_allowed=True)
    __pydantic_extra__: dict[str, field_types.PeriodIn] = Field(init=False)

    default: field_types.PeriodIn | None = None

    def terms(self) -> NoticeTerms:
        """Give the periods by tier."""
        return NoticeTerms(self.default, dict(self.__pydantic_extra__))


StageTerms: TypeAlias = Annotated[StageTermsIn, BeforeValidator(_as_terms)]


class StagesIn(Shape):
    """Notice periods that differ by a feature's stage."""

    experimental: StageTerms | None = None
    alpha: StageTerms | None = None
    beta: StageTerms | None = None
    preview: StageTerms | None = None
    ga: StageTerms | None = None

    def terms(self) -> dict[Stage, NoticeTerms]:
        """Give the terms of the stages that have their own."""
        stated = {stage: getattr(self, stage.value) for stage in MATURITY}
        return {stage: terms.terms() for stage, terms in stated.items() if terms}


class KindTermsIn(StageTermsIn):
    """What one kind of change owes."""

    default: field_types.PeriodIn
    stages: StagesIn | None = None

    def terms(self) -> NoticeTerms:
        """Give the periods by tier and stage."""
        stages = self.stages.terms() if self.stages else {}
        return NoticeTerms(self.default, dict(self.__pydantic_extra__), stages)


KindTerms: TypeAlias = Annotated[KindTermsIn, BeforeValidator(_as_terms)]


class NoticeIn(Shape):
    """Notice periods by kind of change."""

    end_of_support: KindTerms | None = None
    removal: KindTerms | None = None
    breaking_change: KindTerms | None = None
    discontinuation: KindTerms | None = None

    def terms(self) -> dict[Kind, NoticeTerms]:
        """Give the terms of the kinds that are stated."""
        stated = {kind: getattr(self, kind.value) for kind in Kind}
        return {kind: terms.terms() for kind, terms in stated.items() if terms}


class LifetimesIn(Shape):
    """How long a feature is expected to stay in each stage before GA."""

    experimental: field_types.LengthText | None = None
    alpha: field_types.LengthText | None = None
    beta: field_types.LengthText | None = None
    preview: field_types.LengthText | None = None

    def lengths(self) -> dict[Stage, Length]:
        """Give the lengths of the stages that have one."""
        stated = {stage: getattr(self, stage.value) for stage in MATURITY if stage in PRE_GA}
        return {stage: length for stage, length in stated.items() if length}


class GateIn(Shape):
    """How strict the check before a release is, and what it expects."""

    rules: dict[field_types.RuleId, field_types.SeverityIn] = Field({}, max_length=200)
    stale_after: field_types.LengthText | None = None
    lifetimes: LifetimesIn | None = None
    sources: Sources | None = None

    def gate(self) -> Gate:
        """Give the gate's part of the policy."""
        lifetimes = self.lifetimes.lengths() if self.lifetimes else {}
        return Gate(dict(self.rules), self.stale_after, lifetimes, self.sources or ())


class PolicyIn(Shape):
    """A whole policy document."""

    policy: field_types.Title
    version: field_types.Title
    in_force_from: field_types.Day
    timezone: field_types.Zone = "UTC"
    business_hours: BusinessHoursIn | None = None
    exempt_stages: Annotated[tuple[field_types.ExemptStage, ...], Distinct] = ()
    tiers: dict[field_types.Name, TierIn] = Field(min_length=1, max_length=50)
    notice: NoticeIn | None = None
    reminders: Annotated[tuple[field_types.Reminder, ...], Field(max_length=20), Distinct] = (
        90,
        30,
        7,
        1,
    )
    announce: field_types.AnnounceIn = Announce.DRAFTS
    gate: GateIn | None = None

    def built(self) -> Policy:
        """Give the policy, its tiers ascending by rank and its reminders the earliest first."""
        tiers = sorted((t.tier(name) for name, t in self.tiers.items()), key=lambda t: t.rank)
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
