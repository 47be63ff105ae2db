"""The shape of a policy document, and how each part of it becomes a part of a policy."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from lifecycle.calendar.business import BusinessHours
from lifecycle.calendar.lengths import Length
from lifecycle.calendar.zones import zone
from lifecycle.policy import leaves
from lifecycle.policy.leaves import Distinct, refused
from lifecycle.policy.notice import Kind, NoticeTerms, bounded
from lifecycle.policy.policies import Announce, Gate, Policy, Response, Scope, Tier
from lifecycle.policy.stages import MATURITY, Stage
from lifecycle.policy.windows import (
    AllOf,
    AnyOf,
    BestEffort,
    Declared,
    Ends,
    For,
    LtsOnly,
    Newest,
    Nothing,
    Patches,
    Rule,
    Window,
)

MOST_RULES = 20
DEEPEST = 5


class Shape(BaseModel):
    """A mapping whose keys are all known."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class NewestIn(Shape):
    """``newest: {count: 5, of: minor}``."""

    count: leaves.Count
    of: leaves.GranularityIn


class LengthIn(Shape):
    """``{years: 2}``, ``{months: 6}`` and the like; several add up."""

    years: leaves.Span = 0
    months: leaves.Span = 0
    weeks: leaves.Span = 0
    days: leaves.Span = 0

    @model_validator(mode="after")
    def _within_bounds(self) -> LengthIn:
        try:
            bounded(self.length())
        except ValueError as error:
            raise refused(str(error), "years, months, weeks and days that add up") from None
        return self

    def length(self) -> Length:
        """Give the sum of the parts."""
        return Length(months=self.years * 12 + self.months, days=self.weeks * 7 + self.days)


class ForIn(LengthIn):
    """``for: {months: 18, from: line_release}``."""

    since: leaves.SinceIn = Field(alias="from")


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Phases: TypeAlias = Annotated[
    tuple[leaves.PhaseIn, ...], BeforeValidator(_listed), Field(min_length=1), Distinct
]
Rules: TypeAlias = Annotated[tuple["RuleIn", ...], Field(min_length=1, max_length=MOST_RULES)]


class RuleIn(Shape):
    """A rule of a window, or several that must all hold."""

    newest: NewestIn | None = None
    for_: ForIn | None = Field(None, alias="for")
    declared: Phases | None = None
    lts_only: leaves.Stated | None = None
    best_effort: leaves.Stated | None = None
    none: leaves.Stated | None = None
    any_of: Rules | None = Field(None, alias="any")
    all_of: Rules | None = Field(None, alias="all")

    @model_validator(mode="after")
    def _says_something(self) -> RuleIn:
        rules = self.rules()
        alone = [rule for rule in rules if isinstance(rule, BestEffort | Nothing)]
        if not rules:
            raise refused("states no rule", f"one of {RULES}")
        if alone and len(rules) > 1:
            raise refused(
                "cannot join `best_effort` or `none` with another rule; only `at_least` goes with"
                " them"
            )
        return self

    def rules(self) -> tuple[Rule, ...]:
        """Give the rules stated side by side, in the order in which a document lists them."""
        stated: tuple[Rule | None, ...] = (
            Newest(self.newest.count, self.newest.of) if self.newest else None,
            For(self.for_.length(), self.for_.since) if self.for_ else None,
            Declared(self.declared) if self.declared else None,
            LtsOnly() if self.lts_only else None,
            BestEffort() if self.best_effort else None,
            Nothing() if self.none else None,
            AnyOf(tuple(each.rule() for each in self.any_of)) if self.any_of else None,
            AllOf(tuple(each.rule() for each in self.all_of)) if self.all_of else None,
        )
        return tuple(rule for rule in stated if rule)

    def rule(self) -> Rule:
        """Give the one rule, or all of those stated as one."""
        rules = self.rules()
        return rules[0] if len(rules) == 1 else AllOf(rules)


RULES = "newest, for, declared, lts_only, best_effort, none, any, all"


class WindowIn(RuleIn):
    """A tier's window."""

    at_least: Annotated[LengthIn, BeforeValidator(leaves.length_parts)] | None = None
    patches: leaves.PatchesIn = Patches.LATEST
    ends: leaves.EndsIn = Ends.ON_SCHEDULE

    @model_validator(mode="after")
    def _can_be_told(self) -> WindowIn:
        if _depth(self) > DEEPEST:
            raise refused(f"nests `any` and `all` deeper than {DEEPEST} levels")
        if any(_holds_lone(rule) for rule in self.rules()):
            raise refused(
                "cannot hold `best_effort` or `none` inside `any` or `all`; they stand alone"
            )
        return self

    def window(self) -> Window:
        """Give the window as coverage computes with it."""
        floor = self.at_least.length() if self.at_least else None
        return Window(self.rule(), floor, self.patches, self.ends)


def _depth(stated: RuleIn) -> int:
    inner = (stated.any_of or ()) + (stated.all_of or ())
    return 1 + max(map(_depth, inner)) if inner else 0


def _holds_lone(rule: Rule) -> bool:
    if isinstance(rule, AnyOf | AllOf):
        return any(isinstance(r, BestEffort | Nothing) or _holds_lone(r) for r in rule.rules)
    return False


Lines: TypeAlias = Annotated[tuple[leaves.Line, ...], Field(max_length=100), Distinct]


class ScopeIn(Shape):
    """What a tier's support helps with."""

    included: Lines = ()
    excluded: Lines = ()


class ResponseIn(Shape):
    """When an answer is owed."""

    business_days: leaves.Count | None = None
    hours: leaves.Count | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> ResponseIn:
        if (self.business_days is None) == (self.hours is None):
            raise refused(
                "must state either business_days or hours", "{business_days: 2} or {hours: 4}"
            )
        return self


class TierIn(Shape):
    """A level of support."""

    rank: leaves.Rank
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

    days: Annotated[tuple[leaves.Weekday, ...], Field(min_length=1), Distinct]
    open: leaves.Clock
    close: leaves.Clock
    holidays: leaves.Holidays | None = None

    @model_validator(mode="after")
    def _open_before_close(self) -> BusinessHoursIn:
        if self.open >= self.close:
            raise refused("must open before it closes", "an `open` earlier than `close`")
        return self

    def hours(self, timezone: str) -> BusinessHours:
        """Give the hours in the policy's zone."""
        days = frozenset(leaves.WEEKDAYS.index(day) for day in self.days)
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
    __pydantic_extra__: dict[str, leaves.PeriodIn] = Field(init=False)

    default: leaves.PeriodIn | None = None

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

    default: leaves.PeriodIn
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


class GateIn(Shape):
    """How strict the check before a release is."""

    rules: dict[leaves.Name, leaves.SeverityIn] = Field({}, max_length=200)
    stale_after: leaves.LengthText | None = None


class PolicyIn(Shape):
    """A whole policy document."""

    policy: leaves.Title
    version: leaves.Title
    in_force_from: leaves.Day
    timezone: leaves.Zone = "UTC"
    business_hours: BusinessHoursIn | None = None
    exempt_stages: Annotated[tuple[leaves.ExemptStage, ...], Distinct] = ()
    tiers: dict[leaves.Name, TierIn] = Field(min_length=1, max_length=50)
    notice: NoticeIn | None = None
    reminders: Annotated[tuple[leaves.Reminder, ...], Field(max_length=20), Distinct] = (
        90,
        30,
        7,
        1,
    )
    announce: leaves.AnnounceIn = Announce.DRAFTS
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
            gate=Gate(dict(self.gate.rules), self.gate.stale_after) if self.gate else Gate(),
        )
