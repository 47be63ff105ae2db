"""Windows: the rules that say which lines a tier covers, and how documents state them.

A rule stands beside its key in `RuleIn`, what it means in `RuleIn.rules`, and how it is written in
`rule_document`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta, field

from lifecycle.calendar.lengths import Length
from lifecycle.documents.type_descriptions import UnfitValueError, reads, says
from lifecycle.policy.field_types import (
    Count,
    LengthIn,
    Shape,
    Stated,
    check_distinct,
    check_floor,
    length_document,
    parse_length,
)

MOST_RULES = 20
DEEPEST = 5


class Granularity(StrEnum):
    """What a window counts."""

    RELEASE = "release"
    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"
    LINE = "line"


class Since(StrEnum):
    """The day from which a time-based window runs."""

    LINE_RELEASE = "line_release"
    RELEASE = "release"
    SUPERSEDED = "superseded"


class Phase(StrEnum):
    """A phase of support whose last covered day a line may declare."""

    ACTIVE_SUPPORT = "active_support"
    SECURITY_SUPPORT = "security_support"
    EXTENDED_SUPPORT = "extended_support"
    END_OF_LIFE = "end_of_life"


class Newest(Shape, frozen=True):
    """The ``count`` highest of a granularity that have a stable release by the day."""

    count: Count
    of: Granularity


class For(msgspec.Struct, frozen=True):
    """A length of time from the day named by ``since``."""

    length: Length
    since: Since


class Declared(msgspec.Struct, frozen=True):
    """Until the declared day of the first of these ``phases`` that the line declares."""

    phases: tuple[Phase, ...]


class LtsOnly(msgspec.Struct, frozen=True):
    """Lines with long-term support, from the day they have it."""


class BestEffort(msgspec.Struct, frozen=True):
    """No obligation: neither supported nor unsupported."""


class Nothing(msgspec.Struct, frozen=True):
    """No line at all."""


class AnyOf(msgspec.Struct, frozen=True):
    """Covered while any of the ``rules`` holds."""

    rules: tuple[Rule, ...]


class AllOf(msgspec.Struct, frozen=True):
    """Covered while all of the ``rules`` hold."""

    rules: tuple[Rule, ...]


Rule: TypeAlias = Newest | For | Declared | LtsOnly | BestEffort | Nothing | AnyOf | AllOf


class Patches(StrEnum):
    """Which patches of a covered line get fixes."""

    LATEST = "latest"
    ALL = "all"


class Ends(StrEnum):
    """Whether support ends when the window says, or only when that was announced."""

    ON_SCHEDULE = "on_schedule"
    AFTER_NOTICE = "after_notice"


class Window(msgspec.Struct, frozen=True):
    """A tier's window: its rule, the floor under it, and how its ends take effect.

    ``at_least`` counts from the line's first stable release.
    """

    rule: Rule
    at_least: Length | None = None
    patches: Patches = Patches.LATEST
    ends: Ends = Ends.ON_SCHEDULE


class ForIn(LengthIn, frozen=True, kw_only=True):
    """``{months: 18, from: line_release}``."""

    since: Since = field(name="from")


class RuleIn(Shape, frozen=True, kw_only=True):
    """A rule as a document states it, or several that must all hold, in the order of writing."""

    newest: Newest | None = None
    for_: ForIn | None = field(name="for", default=None)
    declared: Annotated[
        Phase | Annotated[tuple[Phase, ...], Meta(min_length=1)] | None, reads(check_distinct)
    ] = None
    lts_only: Stated = None
    best_effort: Stated = None
    none: Stated = None
    any_of: Rules = field(name="any", default=None)
    all_of: Rules = field(name="all", default=None)

    def __post_init__(self) -> None:
        """Refuse what states no rule, and what says nothing beside a rule that says something."""
        stated = [key for key in RuleIn.__struct_fields__ if getattr(self, key)]
        if not stated:
            raise UnfitValueError("states no rule", f"one of {RULES}")
        if len(stated) > 1 and self.stands_alone():
            raise UnfitValueError(
                "cannot join `best_effort` or `none` with another rule; only `at_least` goes with"
                " them"
            )

    def stands_alone(self) -> bool:
        """Return whether it states what says nothing about lines."""
        return bool(self.best_effort or self.none)

    def parts(self) -> tuple[RuleIn, ...]:
        """Return the rules inside it."""
        return (self.any_of or ()) + (self.all_of or ())

    def rules(self) -> tuple[Rule, ...]:
        """Return the rules stated side by side, in the order of writing."""
        phases = (self.declared,) if isinstance(self.declared, Phase) else self.declared
        stated: tuple[Rule | None, ...] = (
            self.newest,
            For(self.for_.length(), self.for_.since) if self.for_ else None,
            Declared(phases) if phases else None,
            LtsOnly() if self.lts_only else None,
            BestEffort() if self.best_effort else None,
            Nothing() if self.none else None,
            AnyOf(tuple(part.rule() for part in self.any_of)) if self.any_of else None,
            AllOf(tuple(part.rule() for part in self.all_of)) if self.all_of else None,
        )
        return tuple(rule for rule in stated if rule)

    def rule(self) -> Rule:
        """Return the one rule, or all of those stated as one."""
        rules = self.rules()
        return rules[0] if len(rules) == 1 else AllOf(rules)


Rules: TypeAlias = Annotated[tuple[RuleIn, ...], Meta(min_length=1, max_length=MOST_RULES)] | None
KEYS = RuleIn.__struct_encode_fields__
RULES = ", ".join(KEYS)


def rule_document(rule: Rule) -> dict[str, Any]:
    """Write a rule as a policy document states it."""
    match rule:
        case Newest():
            return {"newest": msgspec.to_builtins(rule)}
        case For(length=length, since=since):
            return {"for": {**length_document(length), "from": str(since)}}
        case Declared(phases=phases):
            return {"declared": [str(phase) for phase in phases]}
        case LtsOnly():
            return {"lts_only": True}
        case BestEffort():
            return {"best_effort": True}
        case Nothing():
            return {"none": True}
        case AnyOf(rules=rules):
            return {"any": [rule_document(part) for part in rules]}
        case AllOf(rules=rules):
            if not side_by_side(rule):
                return {"all": [rule_document(part) for part in rules]}
            return {key: terms for part in rules for key, terms in rule_document(part).items()}


def side_by_side(rule: Rule) -> bool:
    """Return whether rules that must all hold read the same when written without ``all``."""
    if not isinstance(rule, AllOf) or len(rule.rules) == 1 or AllOf in map(type, rule.rules):
        return False
    places = [KEYS.index(key) for part in rule.rules for key in rule_document(part)]
    return places == sorted(set(places))


class WindowIn(RuleIn, frozen=True, kw_only=True):
    """A tier's window as a document states it."""

    at_least: Annotated[
        LengthIn | str | None,
        reads(check_floor),
        says("a length such as `6 months` or `{months: 6}`"),
    ] = None
    patches: Patches = Patches.LATEST
    ends: Ends = Ends.ON_SCHEDULE

    def __post_init__(self) -> None:
        """Refuse what cannot be told, or stands inside another rule for nothing."""
        super().__post_init__()
        if _depth(self) > DEEPEST:
            raise UnfitValueError(f"nests `any` and `all` deeper than {DEEPEST} levels")
        if _holds_lone(self):
            raise UnfitValueError(
                "cannot hold `best_effort` or `none` inside `any` or `all`; they stand alone"
            )

    def window(self) -> Window:
        """Return the window as coverage computes with it."""
        stated = self.at_least
        floor = stated.length() if isinstance(stated, LengthIn) else None
        if isinstance(stated, str):
            floor = parse_length(stated)
        return Window(self.rule(), floor, self.patches, self.ends)


def _depth(stated: RuleIn) -> int:
    parts = stated.parts()
    return 1 + max(map(_depth, parts)) if parts else 0


def _holds_lone(stated: RuleIn) -> bool:
    return any(part.stands_alone() or _holds_lone(part) for part in stated.parts())


def window_document(window: Window) -> dict[str, Any]:
    """Write a window as a policy document states it.

    >>> window_document(Window(AllOf((Declared(("end_of_life",)), LtsOnly()))))
    {'declared': ['end_of_life'], 'lts_only': True}
    """
    document = rule_document(window.rule)
    if window.at_least:
        document["at_least"] = length_document(window.at_least)
    if window.patches is not Patches.LATEST:
        document["patches"] = str(window.patches)
    if window.ends is not Ends.ON_SCHEDULE:
        document["ends"] = str(window.ends)
    return document
