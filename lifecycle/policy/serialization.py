"""Policies written as documents, in one form whatever the form they came in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.policy.notice_periods import terms_document
from lifecycle.policy.policies import Gate, Weekday
from lifecycle.policy.stages import MATURITY
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

if TYPE_CHECKING:
    from lifecycle.calendar.business import BusinessHours
    from lifecycle.calendar.lengths import Length
    from lifecycle.policy.policies import Policy, Tier

_ORDER = (Newest, For, Declared, LtsOnly, BestEffort, Nothing, AnyOf, AllOf)
"""The rules in the order in which they are read where several stand side by side."""


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


def length_document(length: Length) -> dict[str, int]:
    """Write a length in the largest units that say it exactly."""
    months, days = length.months, length.days
    if months and not months % 12 and not days:
        return {"years": months // 12}
    return {unit: n for unit, n in (("months", months), ("days", days)) if n}


def side_by_side(rule: Rule) -> bool:
    """Tell whether rules that must all hold read the same when written without ``all``."""
    if not isinstance(rule, AllOf) or len(rule.rules) == 1:
        return False
    places = [_ORDER.index(type(each)) for each in rule.rules]
    return places == sorted(set(places)) and AllOf not in map(type, rule.rules)


def rule_document(rule: Rule) -> dict[str, Any]:
    """Write a rule as a policy document states it."""
    match rule:
        case Newest(count=count, of=of):
            return {"newest": {"count": count, "of": str(of)}}
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
            return {"any": [rule_document(each) for each in rules]}
        case AllOf(rules=rules):
            if not side_by_side(rule):
                return {"all": [rule_document(each) for each in rules]}
            return {key: v for each in rules for key, v in rule_document(each).items()}
