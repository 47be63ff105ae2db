"""Forecasts: what a product's windows and releases promise as known today; built once, asked often.

Ends that are announced are left aside: they are what somebody wants to promise anew.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from lifecycle.calendar.estimates import Estimate
from lifecycle.policy.lead_times import Counted
from lifecycle.support.cadence import project
from lifecycle.support.coverage import Coverage
from lifecycle.support.intervals import covers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import date

    from lifecycle.policy.notice_periods import Releases
    from lifecycle.support.evaluation import Horizon
    from lifecycle.support.facts import Release


class Followers:
    """Counts a product's new highest releases after a day: those out, then those that may come."""

    def __init__(self, build: Callable[[], Horizon]) -> None:
        """Take what builds the horizon of the day from which they are seen, when first needed."""
        self._build = build

    @cached_property
    def _horizon(self) -> Horizon:
        return self._build()

    def __call__(self, period: Releases, after: date) -> Counted:
        """Return the day of the last one, or an estimate from plans and the product's cadence."""
        horizon = self._horizon
        ranking, today = horizon.ranking(period.of), horizon.today
        days = [day for day, _ in ranking.ascended if day > after]
        if len(days) >= period.count:
            day = days[period.count - 1]
            return Counted(day) if day <= today else Counted(None, Estimate(day, day, day))
        steps, ascents = period.count - len(days), horizon.ascents(period.of)
        last = days[-1] if days else max([after, *ascents])
        return Counted(None, project(ascents, steps, after=last, today=today))


class CoverageForecast:
    """What is promised with all that is planned, and what without it."""

    def __init__(self, coverage: Coverage) -> None:
        self.full = coverage
        self.followers = Followers(lambda: coverage.horizon)

    @cached_property
    def windows(self) -> Coverage:
        """What windows promise."""
        return self.full.with_ends(())

    @cached_property
    def without_plans(self) -> Coverage:
        """What windows promise if nothing that is planned comes out."""
        facts = self.windows.facts
        published = tuple(release for release in facts.releases if not release.planned)
        if len(published) == len(facts.releases):
            return self.windows
        return Coverage(msgspec.structs.replace(facts, releases=published), today=self.full.today)

    @cached_property
    def covered(self) -> frozenset[str]:
        """The lines that are out and that some tier covers today."""
        return frozenset(covered_lines(self.full, self.full.line_names(), self.full.today))

    @cached_property
    def covered_ranks(self) -> tuple[int, ...]:
        """The ranks of the releases of these lines, ascending."""
        return tuple(sorted(ranks_in(self.full, self.covered)))

    def without(self, versions: Collection[str]) -> CoverageForecast:
        """Return the forecast if the releases of these versions were not planned."""
        facts = self.full.facts
        releases = tuple(release for release in facts.releases if release.version not in versions)
        if len(releases) == len(facts.releases):
            return self
        facts = msgspec.structs.replace(facts, releases=releases)
        return CoverageForecast(Coverage(facts, today=self.full.today))


def covered_lines(coverage: Coverage, among: Iterable[str], day: date) -> Iterator[str]:
    """Keep the lines that are out and that some tier covers on a day."""
    tiers = coverage.tier_names(day)
    for line in among:
        newest = coverage.newest_in(line, day)
        if newest and any(_covers(coverage, tier, line, newest, day) for tier in tiers):
            yield line


def ranks_in(coverage: Coverage, lines: Iterable[str]) -> Iterator[int]:
    """Yield the ranks of the stable releases of lines, plans left out."""
    for line in lines:
        yield from (r.rank for r in coverage.members(line) if not r.planned and not r.prerelease)


def _covers(coverage: Coverage, tier: str, line: str, newest: Release, day: date) -> bool:
    return covers(coverage.timeline(tier, line, newest), day)
