"""Earliest days: what each tier is owed before a change, by notice periods and by windows.

Notice periods govern the ends that no window fixes and those that releases cause; an end that a
window fixes can be announced for any later day (design, sections 3.2 and 3.3).
"""

from __future__ import annotations

import asyncio
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from lifecycle.accounts.queries import versions_run
from lifecycle.calendar.lengths import add_days
from lifecycle.catalogue.histories import Histories
from lifecycle.catalogue.loaded_products import Loaded
from lifecycle.deprecations.announced import ends_support, tiers_concerned, versions_in
from lifecycle.deprecations.coverage_forecast import CoverageForecast, covered_lines, ranks_in
from lifecycle.deprecations.deprecation_inputs import DeprecationIn
from lifecycle.errors import Conflict
from lifecycle.policy.lead_times import ChangeTerms, Earliest, Owed, latest, owed, write_support
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.succession import in_force
from lifecycle.support.coverage import Coverage
from lifecycle.support.intervals import End, State, span_on

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.policy.policies import Policy
    from lifecycle.policy.stages import Stage
    from lifecycle.support.facts import Release
    from lifecycle.support.intervals import Span


class NoPolicy(Conflict):
    """The product has no policy in force that states notice periods."""


class Question(msgspec.Struct, frozen=True):
    """A change, as it would be announced on a local day; ``run`` are the versions accounts run."""

    known: Loaded
    content: DeprecationIn
    announced_on: date
    today: date
    run: frozenset[str] = frozenset()

    @property
    def policy(self) -> Policy:
        """The policy in force on the day of the announcement."""
        policies = self.known.facts.policies
        valid_policy = in_force(policies, self.announced_on)
        if valid_policy is None:
            slug, first = self.known.slug, next(iter(policies), None)
            from_day = f"; its first takes effect on {first.in_force_from}" if first else ""
            raise NoPolicy(f"{slug} has no policy in force on {self.announced_on}{from_day}.")
        return valid_policy

    @property
    def tiers(self) -> tuple[str, ...]:
        """The tiers concerned: those named, or the policy's, of a feature those that have it."""
        names = [tier.name for tier in self.policy.tiers]
        return self.content.tiers or tiers_concerned(self.known, self.content.feature, names)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The tiers of the policy that do not have the feature, where none are named."""
        names = [] if self.content.tiers else [tier.name for tier in self.policy.tiers]
        return tuple(name for name in names if name not in self.tiers)


async def read_owed_by_tier(
    session: AsyncSession,
    loaded: Loaded,
    content: DeprecationIn,
    *,
    announced_on: date,
    today: date,
    forecast: CoverageForecast | None = None,
) -> dict[str, Owed]:
    """Return by tier what it is owed and the first day on which the change may take effect.

    Who asks several questions of one product on one day builds the ``forecast`` once.
    """
    run: frozenset[str] = frozenset()
    if content.feature is not None:
        run = frozenset(await versions_run(session, loaded.slug))
    question = Question(loaded, content, announced_on, today, run)
    # With thousands of releases this takes a while: others are answered meanwhile.
    return await asyncio.to_thread(owed_by_tier, question, forecast)


def owed_by_tier(question: Question, forecast: CoverageForecast | None = None) -> dict[str, Owed]:
    """Work out what each tier is owed; slow for features of products with thousands of releases."""
    forecast = forecast or CoverageForecast(Coverage(question.known.facts, today=question.today))
    within = versions_in(question.known, question.content)
    stage, bound_from = _stage(question, forecast), _bound_from(question, within, forecast)
    windows = _Windows(question, within, forecast) if ends_support(question.content) else None
    following = forecast.followers
    days_by_tier = {}
    for tier in question.tiers:
        terms = ChangeTerms(question.content.kind, tier, stage, bound_from)
        policies = question.known.facts.policies
        by_notice = owed(policies, terms, question.announced_on, following=following)
        if by_notice is None:
            raise NoPolicy(f"{question.known.slug} has no policy in force yet.")
        days_by_tier[tier] = windows.owed(tier, by_notice) if windows else by_notice
    return days_by_tier


class _Windows:
    """What windows promise the lines that a change would end, with and without what is planned."""

    def __init__(
        self, question: Question, within: Collection[str] | None, forecast: CoverageForecast
    ) -> None:
        self.question = question
        self.coverage, self.without_plans = forecast.windows, forecast.without_plans
        self.lines = list(_lines_within(question.content, self.coverage, within))

    def owed(self, tier: str, by_notice: Owed) -> Owed:
        """Return the latest that any of the lines is owed."""
        by_line = [self._line(tier, line, by_notice) for line in self.lines]
        if self.question.content.kind is Kind.DISCONTINUATION:
            by_line.append(by_notice)
        if not by_line:
            return by_notice
        deciding = max(by_line, key=lambda owed_for_line: owed_for_line.earliest.day)
        return msgspec.structs.replace(
            deciding, earliest=latest([owed_for_line.earliest for owed_for_line in by_line])
        )

    def _line(self, tier: str, line: str, by_notice: Owed) -> Owed:
        on = self.question.announced_on
        until = fixed_end(self.coverage, tier, line, on)
        certain = fixed_end(self.without_plans, tier, line, on)
        if until is None:
            if not self._open(tier, line):
                return self._over(by_notice)
            least = least_end(self.coverage, tier, line, on)
            return _until(least, line, by_notice) if by_notice.earliest.day < least else by_notice
        if certain == until or by_notice.earliest.day <= until:
            return _until(until, line, by_notice)
        return by_notice

    def _open(self, tier: str, line: str) -> bool:
        release = self.coverage.newest_in(line, date.max)
        timeline = self.coverage.window_timeline(tier, line, release)
        return any(
            span.until is None or span.until > self.question.announced_on for span in timeline
        )

    def _over(self, by_notice: Owed) -> Owed:
        """Owe what is not covered, or only as best effort, a word before."""
        tomorrow = add_days(self.question.announced_on, 1)
        if by_notice.period is None:
            return by_notice
        return msgspec.structs.replace(by_notice, period="best effort", earliest=Earliest(tomorrow))


def _until(until: date, line: str, by_notice: Owed) -> Owed:
    """Owe what a window promises: support up to a day."""
    last_day = add_days(until, -1)
    return msgspec.structs.replace(
        by_notice, period=write_support(line, last_day), earliest=Earliest(until)
    )


def least_end(coverage: Coverage, tier: str, line: str, day: date) -> date:
    """Return the first day on which a line that releases will end may be without support.

    It is the calendar's first where nothing is certain, or where something else ends the line.
    """
    span = _covered_span(coverage, tier, line, day, End.RULE)
    return span.certain_until if span else date.min


def fixed_end(coverage: Coverage, tier: str, line: str, day: date) -> date | None:
    """Return a covered line's first day without support, by the windows alone."""
    span = _covered_span(coverage, tier, line, day, End.FIXED)
    return span.until if span else None


def _covered_span(coverage: Coverage, tier: str, line: str, day: date, end: End) -> Span | None:
    """Return the days that windows cover around one, if they end in a certain way."""
    timeline = coverage.window_timeline(tier, line, coverage.newest_in(line, day))
    span = span_on(timeline, day)
    return span if span and span.state is State.COVERED and span.end is end else None


def concerned_lines(loaded: Loaded, content: DeprecationIn, coverage: Coverage) -> Iterator[str]:
    """Name the lines that a change concerns, wholly or in part."""
    return _lines_within(content, coverage, versions_in(loaded, content))


def _lines_within(
    content: DeprecationIn, coverage: Coverage, within: Collection[str] | None
) -> Iterator[str]:
    if content.lines is not None:
        yield from (
            line for line in content.lines if coverage.members(line) or coverage.has_line(line)
        )
        return
    for line in coverage.line_names():
        if within is None or any(r.version in within for r in coverage.members(line)):
            yield line


def _stage(question: Question, forecast: CoverageForecast) -> Stage | None:
    """Return the highest stage the feature has in any release that is still covered or run."""
    loaded, key = question.known, question.content.feature
    if key is None or key not in loaded.features:
        return None
    histories = Histories(loaded)
    on, coverage = question.announced_on, forecast.full
    ranks = set(ranks_in(coverage, covered_lines(coverage, coverage.line_names(), on)))
    ranks |= histories.ranks_of(question.run)
    return histories.held_stage(key, ranks, day=question.announced_on)


def _bound_from(
    question: Question, within: Collection[str] | None, forecast: CoverageForecast
) -> date | None:
    loaded, content = question.known, question.content
    if content.feature is not None:
        known_one = content.feature in loaded.features
        return Histories(loaded).bound_from(content.feature) if known_one else None
    lines: Sequence[str] | None = content.lines
    releases: Iterable[Release] = loaded.facts.releases
    if lines is not None:
        releases = chain.from_iterable(map(forecast.full.members, lines))
    days = [
        release.bound_from for release in releases if within is None or release.version in within
    ]
    declared = [
        line.bound_from
        for line in loaded.facts.lines
        if line.bound_from and (lines is None or line.name in lines)
    ]
    return min([*days, *declared], default=None)
