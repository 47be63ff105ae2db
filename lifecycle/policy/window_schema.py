"""The shape of a window in a policy document, and how it becomes one to compute with."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from lifecycle.calendar.lengths import Length
from lifecycle.policy import field_types
from lifecycle.policy.field_types import Distinct, refused
from lifecycle.policy.notice_periods import bounded
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

    count: field_types.Count
    of: field_types.GranularityIn


class LengthIn(Shape):
    """``{years: 2}``, ``{months: 6}`` and the like; several add up."""

    years: field_types.Span = 0
    months: field_types.Span = 0
    weeks: field_types.Span = 0
    days: field_types.Span = 0

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

    since: field_types.SinceIn = Field(alias="from")


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Phases: TypeAlias = Annotated[
    tuple[field_types.PhaseIn, ...], BeforeValidator(_listed), Field(min_length=1), Distinct
]
Rules: TypeAlias = Annotated[tuple["RuleIn", ...], Field(min_length=1, max_length=MOST_RULES)]


class RuleIn(Shape):
    """A rule of a window, or several that must all hold."""

    newest: NewestIn | None = None
    for_: ForIn | None = Field(None, alias="for")
    declared: Phases | None = None
    lts_only: field_types.Stated | None = None
    best_effort: field_types.Stated | None = None
    none: field_types.Stated | None = None
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

    at_least: Annotated[LengthIn, BeforeValidator(field_types.length_parts)] | None = None
    patches: field_types.PatchesIn = Patches.LATEST
    ends: field_types.EndsIn = Ends.ON_SCHEDULE

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
