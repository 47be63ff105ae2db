"""Evaluation: the timeline that a rule of a window gives to a line, or to one of its releases."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, assert_never

import msgspec

from lifecycle.calendar.lengths import add_days
from lifecycle.policy.windows import (
    AllOf,
    AnyOf,
    BestEffort,
    Declared,
    For,
    Granularity,
    LtsOnly,
    Newest,
    Nothing,
    Phase,
    Rule,
    Since,
    Window,
)
from lifecycle.support.cadence import project
from lifecycle.support.facts import DeclaredDay, Facts, Line, Release
from lifecycle.support.intervals import (
    End,
    Span,
    State,
    Timeline,
    all_of,
    any_of,
    clip,
    fixed,
)
from lifecycle.support.version_ranking import (
    Interval,
    RankedUnit,
    VersionRanking,
    line_grain,
    union,
    unit_key,
)

if TYPE_CHECKING:
    from lifecycle.calendar.estimates import Estimate
    from lifecycle.calendar.lengths import Length


FINER: dict[str, int] = {
    Granularity.MAJOR: 1,
    Granularity.MINOR: 2,
    Granularity.PATCH: 3,
    Granularity.RELEASE: 4,
}
"""What is finer than a product's lines tells their releases apart; declared lines may hold all."""


class Subject(msgspec.Struct, frozen=True):
    """What is asked about: a line, spoken for by one of its releases where it has one.

    ``first`` is the line's first day as it declares it, or that of its first stable release,
    planned ones included; None where there is neither. ``bound_from`` is the first day whose
    policy binds it.
    """

    line: Line
    release: Release | None
    first: date | None
    bound_from: date | None

    @property
    def name(self) -> str:
        """The line's name."""
        return self.line.name


class Horizon:
    """A product's facts as they stand ``today``: plans that lie ahead count, others do not."""

    def __init__(self, facts: Facts, today: date) -> None:
        """Leave out plans whose day has come without their release."""
        self.facts = facts
        self.today = today
        self.counted = list(filter(self.counts, facts.releases))
        self._ladders: dict[Granularity, VersionRanking] = {}
        self._ascents: dict[Granularity, list[date]] = {}

    def counts(self, release: Release) -> bool:
        """Return whether a release is stable, and out or still to come."""
        return not release.prerelease and (not release.planned or release.day > self.today)

    def ranking(self, granularity: Granularity) -> VersionRanking:
        """Return the units of one granularity."""
        if granularity not in self._ladders:
            within_one = FINER.get(granularity, 0) <= FINER.get(self.line_grain, 0)
            releases = self._from_first_days if within_one else self.counted
            self._ladders[granularity] = VersionRanking(releases, granularity)
        return self._ladders[granularity]

    @cached_property
    def line_grain(self) -> str:
        """The granularity that each line keeps to."""
        return line_grain(self.facts.line_by, self.counted)

    @cached_property
    def _from_first_days(self) -> list[Release]:
        """The releases that count, each line's first one from the day that the line declares."""
        declared = {line.name: line.released_on for line in self.facts.lines if line.released_on}
        if not declared:
            return self.counted
        first = {}
        for release in sorted(self.counted, key=attrgetter("day"), reverse=True):
            first[release.line] = release
        return [
            msgspec.structs.replace(release, day=day)
            if release is first[release.line]
            and not release.planned
            and (day := declared.get(release.line or "", release.day)) < release.day
            else release
            for release in self.counted
        ]

    def ascents(self, granularity: Granularity) -> list[date]:
        """List the days up to today on which a new highest unit came out."""
        if granularity not in self._ascents:
            tomorrow = add_days(self.today, 1)
            self._ascents[granularity] = self.ranking(granularity).ascents(before=tomorrow)
        return self._ascents[granularity]

    @cached_property
    def _by_rank(self) -> dict[int, Release]:
        return {release.rank: release for release in reversed(self.counted)}

    def first_of(self, ranked: RankedUnit) -> Release | None:
        """Return the release a unit begins with."""
        return self._by_rank.get(ranked.rank)

    @cached_property
    def superseded(self) -> dict[str, tuple[Interval, ...]]:
        """Say for each line on which days some higher line counted."""
        by_unit: dict[str, tuple[Interval, ...]] = {}
        above: tuple[Interval, ...] = ()
        for ranked in reversed(self.ranking(Granularity.LINE).ranked_units):
            by_unit[str(ranked.key)] = above
            stood = [(first, until) for first, until in ranked.active if first != until]
            above = union([*above, *stood])
        return by_unit


def is_per_release(rule: Rule, line_by: str) -> bool:
    """Return whether the rule answers for each release of a line on its own.

    >>> [is_per_release(Newest(5, Granularity.MINOR), by) for by in ("major", "minor", "declared")]
    [True, False, True]
    """
    match rule:
        case AnyOf(rules) | AllOf(rules):
            return any(is_per_release(part, line_by) for part in rules)
        case Newest(of=granularity):
            return granularity is not Granularity.LINE and FINER[granularity] > FINER.get(
                line_by, 0
            )
        case For(since=since):
            return since is Since.RELEASE
        case _:
            return False


def covered_by_window(window: Window, subject: Subject, horizon: Horizon) -> Timeline:
    """Return the days that a window covers, its floor included, its kind of ending left aside."""
    timeline = covered_by_rule(window.rule, subject, horizon)
    if window.at_least is not None:
        timeline = any_of([timeline, _from_first(subject, window.at_least)])
    return timeline


def covered_by_rule(rule: Rule, subject: Subject, horizon: Horizon) -> Timeline:
    """Return the days that one rule covers."""
    match rule:
        case Newest():
            return _newest(rule, subject, horizon)
        case For():
            return _for(rule, subject, horizon)
        case Declared(phases):
            return _declared(first_given(subject.line, phases), subject, horizon)
        case LtsOnly():
            return _lts(subject)
        case BestEffort() | Nothing():
            return ()
        case AnyOf(rules):
            return any_of([covered_by_rule(part, subject, horizon) for part in rules])
        case AllOf(rules):
            return all_of([covered_by_rule(part, subject, horizon) for part in rules])
    assert_never(rule)


def first_given(line: Line, phases: tuple[Phase, ...]) -> DeclaredDay | None:
    """Return what the line declares for the first of the phases that it declares at all."""
    return next((line.declared[phase] for phase in phases if phase in line.declared), None)


def _newest(rule: Newest, subject: Subject, horizon: Horizon) -> Timeline:
    if subject.release is None or (key := unit_key(subject.release, rule.of)) is None:
        return ()
    ranking = horizon.ranking(rule.of)
    intervals = ranking.newest(key, rule.count)
    timeline = tuple(Span(first, until) for first, until in intervals if until)
    if not intervals or intervals[-1][1] is not None:
        return timeline
    steps = rule.count - ranking.above(key, date.max)
    ascents = horizon.ascents(rule.of)
    projection = project(ascents, steps, after=ranking.last_ascent, today=horizon.today)
    return (*timeline, _open(intervals[-1][0], horizon, projection))


def _for(rule: For, subject: Subject, horizon: Horizon) -> Timeline:
    if rule.since is Since.LINE_RELEASE:
        return _from_first(subject, rule.length)
    if rule.since is Since.RELEASE:
        release = subject.release
        return fixed(release.day, rule.length.after(release.day)) if release else ()
    return _until_superseded(rule.length, subject, horizon)


def _from_first(subject: Subject, length: Length) -> Timeline:
    if subject.first is None:
        return (Span(date.min, None, State.UNKNOWN),)
    return fixed(subject.first, length.after(subject.first))


def _until_superseded(length: Length, subject: Subject, horizon: Horizon) -> Timeline:
    """Cover a line except where a higher line has stood for longer than ``length``."""
    if subject.first is None:
        return (Span(date.min, None, State.UNKNOWN),)
    spans: list[Span] = []
    first = subject.first
    for superseded, until in horizon.superseded.get(subject.name, ()):
        if until is not None and until <= first:
            continue
        ended = length.after(max(superseded, subject.first))
        if until is not None and ended >= until:
            continue
        spans += fixed(first, ended)
        if until is None:
            return tuple(spans)
        first = until
    ascents = horizon.ascents(Granularity.LINE)
    projected = project(ascents, 1, after=ascents[-1], today=horizon.today) if ascents else None
    if projected:
        projected = projected.moved(length.after)
    return (*spans, _open(first, horizon, projected, at_least=length))


def _open(
    first: date, horizon: Horizon, projection: Estimate | None, *, at_least: Length | None = None
) -> Span:
    """Return a span that releases not yet known will end, today at the earliest."""
    certain = at_least.after(horizon.today) if at_least else horizon.today
    return Span(first, None, end=End.RULE, projection=projection, certain_until=max(first, certain))


def _declared(value: DeclaredDay | None, subject: Subject, horizon: Horizon) -> Timeline:
    first = subject.first or date.min
    if value is None:
        return (Span(first, None, State.UNKNOWN),)
    if value is True:
        return (Span(first, None, State.OVER),)
    if value is False:
        return (Span(first, None, end=End.UNKNOWN, certain_until=max(first, horizon.today)),)
    return fixed(first, add_days(value, 1))


def _lts(subject: Subject) -> Timeline:
    lts, first = subject.line.lts, subject.first or date.min
    if not lts:
        return ()
    since = first if lts is True else max(first, lts)
    return clip((Span(first, None, end=End.NONE),), since)
