"""Implied ends: the ends of support that follow from a policy with no notice written (pure).

Only lines have them: that a release supersedes another within its line is advice.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.calendar.lengths import add_days
from lifecycle.policy.lead_times import Counted, earliest_day
from lifecycle.policy.notice_periods import Kind
from lifecycle.support.coverage import Coverage
from lifecycle.support.intervals import End, State, any_of, span_on
from lifecycle.support.status import answer_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.policy.policies import Policy
    from lifecycle.support.facts import Facts, Release

MOST_PLANS = 20
"""So many planned releases, the nearest, are looked at as causes."""


class ImpliedEnd(msgspec.Struct, frozen=True):
    """A line's end of support for some tiers, on the same day and for the same cause.

    ``effective_on`` is the first day without support; ``caused_by`` the planned version whose
    release brings it, None where the end is fixed already.
    """

    line: str
    tiers: tuple[str, ...]
    effective_on: date
    caused_by: str | None
    reason: str

    @property
    def days(self) -> dict[str, date]:
        """The effective day of each tier."""
        return dict.fromkeys(self.tiers, self.effective_on)


def implied_ends(facts: Facts, *, today: date) -> tuple[ImpliedEnd, ...]:
    """Find the fixed ends after today that windows and declared days bring, whatever is announced.

    A line that is covered again later has not come to its end.
    """
    windows = msgspec.structs.replace(facts, ends=())
    coverage = Coverage(windows, today=today)
    days = _last_days(coverage)
    causes = _causes(windows, days, today=today)
    grouped: defaultdict[tuple[str, date, str | None], list[str]] = defaultdict(list)
    for (line, tier), day in days.items():
        grouped[line, day, causes.get((line, tier))].append(tier)
    return tuple(
        ImpliedEnd(line, tuple(tiers), day, cause, _reason(coverage, line, tiers[0], day))
        for (line, day, cause), tiers in grouped.items()
    )


def horizon(policy: Policy, today: date) -> date:
    """Return the last day whose ends are announced now: the longest notice, and the reminders.

    >>> from lifecycle.policy.policies import Policy
    >>> policy = Policy(name="p", version="1", in_force_from=date(2026, 1, 1), tiers=())
    >>> horizon(policy, date(2026, 1, 1)).isoformat()
    '2026-04-01'
    """
    periods = [policy.period(Kind.END_OF_SUPPORT, tier.name) for tier in policy.tiers]
    ahead = [
        earliest_day(
            period,
            today,
            hours=policy.business_hours,
            following=lambda _period, _after: Counted(None),
        ).day
        for period in periods
    ]
    return add_days(max(ahead, default=today), policy.longest_reminder)


def _last_days(
    coverage: Coverage, only: Iterable[tuple[str, str]] | None = None
) -> dict[tuple[str, str], date]:
    """Return the first day without support for each line and tier whose end is known and ahead."""
    tiers = coverage.tier_names(coverage.today)
    pairs = only or [(line, tier) for line in coverage.line_names() for tier in tiers]
    ends = {(line, tier): _end_of(coverage, line, tier) for line, tier in pairs}
    return {key: day for key, day in ends.items() if day is not None}


def _end_of(coverage: Coverage, line: str, tier: str) -> date | None:
    if not coverage.has_line(line):
        return None
    speaking = _speaking_for(coverage, line)
    timelines = {id(t): t for t in (coverage.timeline(tier, line, unit) for unit in speaking)}
    timeline = any_of(list(timelines.values()))
    span = span_on(timeline, coverage.today)
    if span is None or span.state is not State.COVERED or span.end is not End.FIXED:
        return None
    until = span.until
    again = any(s.state is State.COVERED and until and s.first >= until for s in timeline)
    return None if again else until


def _speaking_for(coverage: Coverage, line: str) -> list[Release | None]:
    """Return the releases of a line of which one is covered as long as any is."""
    today = coverage.today
    stable = [release for release in coverage.members(line) if not release.prerelease]
    ahead = [release for release in stable if release.planned and release.day > today]
    out = [release for release in stable if not release.planned]
    newest = coverage.newest_in(line, today)
    latest = max(out, key=lambda release: (release.day, release.rank), default=None)
    return [*dict.fromkeys([newest, latest, *ahead])]


def _causes(
    facts: Facts, days: dict[tuple[str, str], date], *, today: date
) -> dict[tuple[str, str], str]:
    """Name the planned release without which an end would not come, or not so soon.

    Of several it is the one that comes out on the day itself, or else the last one before.
    """
    plans = [r for r in facts.releases if r.planned and not r.prerelease and r.day > today]
    causes: dict[tuple[str, str], str] = {}
    for plan in sorted(plans, key=lambda plan: (plan.day, plan.rank))[:MOST_PLANS]:
        later = {key: day for key, day in days.items() if plan.day <= day}
        if not later:
            continue
        remaining = tuple(release for release in facts.releases if release is not plan)
        without = Coverage(msgspec.structs.replace(facts, releases=remaining), today=today)
        ends = _last_days(without, later)
        causes |= {key: plan.version for key, day in later.items() if ends.get(key) != day}
    return causes


def _reason(coverage: Coverage, line: str, tier: str, day: date) -> str:
    """Say why support ends, as an answer of that day does; a later policy may not know the tier."""
    at = day if tier in coverage.tier_names(day) else coverage.today
    return answer_line(coverage, line, tier=tier, at=at).reason
