"""Windows in plain words: what a tier covers, as a customer reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from lifecycle.documents.word_lists import listed, number
from lifecycle.policy.tier_labels import tier_word
from lifecycle.policy.windows import (
    AllOf,
    AnyOf,
    BestEffort,
    Declared,
    Ends,
    For,
    Granularity,
    LtsOnly,
    Newest,
    Nothing,
    Patches,
    Phase,
    Since,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.policy.windows import Rule, Window

UNITS = {
    Granularity.RELEASE: "release",
    Granularity.PATCH: "patch version",
    Granularity.MINOR: "minor version",
    Granularity.MAJOR: "major version",
    Granularity.LINE: "line",
}
PHASES = {
    Phase.ACTIVE_SUPPORT: "end of active support",
    Phase.SECURITY_SUPPORT: "end of security support",
    Phase.EXTENDED_SUPPORT: "end of extended support",
    Phase.END_OF_LIFE: "end of life",
}


def window_sentences(tier: str, window: Window) -> Iterator[str]:
    """Yield what a tier covers, and how its support ends.

    >>> from lifecycle.policy.windows import Window
    >>> list(window_sentences("pro", Window(Newest(1, Granularity.RELEASE))))
    ['The pro tier covers the most recent release.']
    """
    tier, rule, floor = tier_word(tier), window.rule, window.at_least
    if isinstance(rule, BestEffort | Nothing):
        yield from _unpromised(tier, rule, f"{floor}" if floor else None)
        if floor is None:
            return
    else:
        yield f"The {tier} tier covers {_covered(rule)}."
        if floor:
            yield (
                f"Every line is covered for at least {floor} from its first stable release,"
                " even where that rule would end its support sooner."
            )
    if window.patches is Patches.ALL:
        yield "Fixes are made for every patch version of what is covered."
    elif not _counts_releases(rule):
        yield "Fixes come with the newest release of a line."
    if window.ends is Ends.AFTER_NOTICE:
        yield "Support that has begun goes on until an announced end of support takes effect."


def _unpromised(tier: str, rule: Rule, floor: str | None) -> Iterator[str]:
    if floor is None and isinstance(rule, BestEffort):
        yield f"The {tier} tier is best effort: help is possible with any version, never promised."
    elif floor is None:
        yield f"The {tier} tier covers no version."
    elif isinstance(rule, BestEffort):
        yield f"The {tier} tier covers each line for {floor} from its first stable release."
        yield "After that it is best effort: help is possible, never promised."
    else:
        yield f"The {tier} tier covers each line for {floor} from its first stable release only."


def _covered(rule: Rule) -> str:
    """Name what a rule covers."""
    match rule:
        case Newest():
            return _newest(rule)
        case For():
            return _for_a_time(rule)
        case Declared(phases=phases):
            return f"each line until its {_declared(phases)}"
        case LtsOnly():
            return "lines with long-term support"
        case BestEffort() | Nothing():
            return "nothing"
        case AnyOf(rules=(only,)) | AllOf(rules=(only,)):
            return _covered(only)
        case AnyOf(rules=rules):
            return listed([_covered(part) for part in rules], "as well as")
        case AllOf(rules=rules):
            return f"each version while {listed([_condition(part) for part in rules])}"
    assert_never(rule)


def _newest(rule: Newest) -> str:
    if rule.count > 1:
        return f"the {number(rule.count)} newest {UNITS[rule.of]}s"
    return f"the {'most recent' if rule.of is Granularity.RELEASE else 'newest'} {UNITS[rule.of]}"


def _for_a_time(rule: For) -> str:
    match rule.since:
        case Since.LINE_RELEASE:
            return f"each line for {rule.length} from its first stable release"
        case Since.RELEASE:
            return f"each release for {rule.length} from the day it comes out"
        case Since.SUPERSEDED:
            return f"each line until a newer one has been out for {rule.length}"
    assert_never(rule.since)


def _condition(rule: Rule) -> str:
    """Say when a rule holds for one version; what joins several stands in brackets."""
    match rule:
        case Newest():
            return _is_newest(rule)
        case For():
            return _is_in_time(rule)
        case Declared(phases=phases):
            return f"its line has not passed its {_declared(phases)}"
        case LtsOnly():
            return "its line has long-term support"
        case BestEffort() | Nothing():
            return "nothing is promised"
        case AnyOf(rules=(only,)) | AllOf(rules=(only,)):
            return _condition(only)
        case AnyOf(rules=rules):
            return f"({listed([_condition(part) for part in rules], 'or')})"
        case AllOf(rules=rules):
            return f"({listed([_condition(part) for part in rules])})"
    assert_never(rule)


def _is_newest(rule: Newest) -> str:
    if rule.of is Granularity.RELEASE:
        return f"it is {'' if rule.count == 1 else 'among '}{_newest(rule)}"
    newest = "the newest" if rule.count == 1 else f"among the {number(rule.count)} newest"
    return f"its {UNITS[rule.of]} is {newest}"


def _is_in_time(rule: For) -> str:
    match rule.since:
        case Since.LINE_RELEASE:
            return f"its line came out less than {rule.length} ago"
        case Since.RELEASE:
            return f"it came out less than {rule.length} ago"
        case Since.SUPERSEDED:
            return f"no newer line has been out for {rule.length}"
    assert_never(rule.since)


def _declared(phases: Sequence[Phase]) -> str:
    """Name the day that a line declares.

    >>> _declared((Phase.EXTENDED_SUPPORT, Phase.END_OF_LIFE))
    'declared end of extended support or, failing that, its end of life'
    """
    names = [PHASES[phase] for phase in phases]
    return f"declared {' or, failing that, its '.join(names)}"


def _counts_releases(rule: Rule) -> bool:
    """Return whether a rule covers single releases, and so no line."""
    match rule:
        case Newest(of=unit):
            return unit in {Granularity.RELEASE, Granularity.PATCH}
        case For(since=since):
            return since is Since.RELEASE
        case AnyOf(rules=rules) | AllOf(rules=rules):
            return any(map(_counts_releases, rules))
        case _:
            return False
