"""Coverage: the days on which a tier is promised support for a line or a release.

A pure function of a product's facts and ``today``, which decides which plans still count
(design, section 3.2).
"""

from __future__ import annotations

from collections import defaultdict
from copy import copy
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.policy.policies import Policy, Tier
from lifecycle.policy.succession import in_force, in_force_or_first
from lifecycle.policy.windows import Ends, Granularity
from lifecycle.support import announced_ends
from lifecycle.support.announced_ends import cut
from lifecycle.support.evaluation import (
    Horizon,
    Subject,
    covered_by_window,
    is_per_release,
)
from lifecycle.support.facts import Line
from lifecycle.support.intervals import End, Span, State, Timeline, any_of, clip
from lifecycle.support.version_ranking import active_days, lies_in, stands_on, union

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.support.facts import AnnouncedEnd, Facts, Release
    from lifecycle.support.version_ranking import Interval


class Promise(msgspec.Struct, frozen=True):
    """What one policy gives a tier, clipped to the days since that policy came into force."""

    policy: Policy
    tier: Tier
    timeline: Timeline


class Coverage:
    """The computed answers of one product, as known ``today``; built once, asked often."""

    def __init__(self, facts: Facts, *, today: date) -> None:
        """Index the facts; timelines are computed when first asked for."""
        self.facts = facts
        self.today = today
        self.horizon = Horizon(facts, today)
        self.declared_lines = {line.name: line for line in facts.lines}
        self._members: defaultdict[str, list[Release]] = defaultdict(list)
        for release in sorted(facts.releases, key=lambda release: release.rank):
            if release.line is not None:
                self._members[release.line].append(release)
        self._stable: defaultdict[str | None, list[Release]] = defaultdict(list)
        for release in self.horizon.counted:
            self._stable[release.line].append(release)
        self._per_release: dict[str, bool] = {}
        self._withdrawn: dict[str, tuple[Interval, ...]] = {}
        self._ranges_end = any(end.versions is not None for end in facts.ends)
        self._promises: dict[tuple[str, str, str | None], tuple[tuple[Promise, ...], Timeline]] = {}
        self.advised: dict[tuple[str, date], Release | None] = {}
        """The version to go to under a tier on a day, as far as it was asked for."""
        self.joined: dict[tuple[str, str], Timeline] = {}
        """The days of a line for a tier over all its releases, as far as they were asked for."""

    def with_ends(self, ends: tuple[AnnouncedEnd, ...]) -> Coverage:
        """Return the coverage of the same facts with other announced ends; itself with the same."""
        if ends == self.facts.ends:
            return self
        facts = msgspec.structs.replace(self.facts, ends=ends)
        ranges_end = any(end.versions is not None for end in ends)
        changed = copy(self)
        vars(changed).update(
            facts=facts, _ranges_end=ranges_end, _promises={}, advised={}, joined={}
        )
        return changed

    def policy_on(self, day: date) -> Policy | None:
        """Return the policy in force on a day; None before the first."""
        return in_force(self.facts.policies, day)

    def tier_names(self, day: date) -> list[str]:
        """Name the tiers of the policy in force on a day, or of the first, lowest rank first."""
        policy = in_force_or_first(self.facts.policies, day)
        return [tier.name for tier in policy.tiers] if policy else []

    def line_names(self) -> list[str]:
        """Name every line there is, lowest first."""
        named = self._members.keys() | self.declared_lines.keys()
        return sorted(filter(self.has_line, named), key=self._line_order)

    def has_line(self, name: str) -> bool:
        """Return whether there is such a line: it is declared, or has a release that counts.

        Neither prereleases nor plans whose day has passed make a line exist.
        """
        return name in self.declared_lines or bool(self._stable.get(name))

    def members(self, line: str) -> list[Release]:
        """List a line's releases, lowest first, prereleases and plans included."""
        return self._members.get(line, [])

    def newest_in(self, line: str, day: date) -> Release | None:
        """Return the highest stable release of a line that stood on a day."""
        return highest_on(self._stable.get(line, []), day)

    def newest_on(self, day: date) -> Release | None:
        """Return the highest stable release of all that stood on a day."""
        ranking = self.horizon.ranking(Granularity.RELEASE)
        unit = ranking.highest_on(day)
        return ranking.members[unit.key][-1] if unit else None

    def subject(self, line: str | None, release: Release | None = None) -> Subject:
        """Put together what a line's rules are asked about; ``release`` where one is meant."""
        stable = self._stable.get(line, []) if line is not None else []
        facts = self.declared_lines.get(line or "") or Line(line or (release or stable[0]).version)
        members = [release] if line is None and release else stable
        first = facts.released_on or min((member.day for member in members), default=None)
        bound = facts.bound_from or min((member.bound_from for member in members), default=None)
        return Subject(facts, release or (stable[0] if stable else None), first, bound)

    def promises(self, tier: str, line: str | None, release: Release | None) -> tuple[Promise, ...]:
        """Return what each policy that ever bound the line gives it."""
        return self._covered(tier, line, release)[0]

    def timeline(self, tier: str, line: str | None, release: Release | None = None) -> Timeline:
        """Return the days on which any policy covers the line, or the release, for a tier."""
        return self._covered(tier, line, release)[1]

    def window_timeline(self, tier: str, line: str | None, release: Release | None) -> Timeline:
        """Return the days that the policies' windows cover, announced ends left aside."""
        promises = self.promises(tier, line, release)
        return any_of([promise.timeline for promise in promises]) if promises else ()

    def announced_end(
        self, tier: str, line: str | None, release: Release | None = None
    ) -> AnnouncedEnd | None:
        """Return the end of support announced for a line, or a release; the nearest of several."""
        version = release.version if release else None
        if version is None and line is not None:
            newest = self.newest_in(line, date.max)
            version = newest.version if newest else None
        ends = [e for e in self.facts.ends if tier in e.days and e.concerns(line, version)]
        return min(ends, key=lambda end: end.days[tier], default=None)

    def _covered(
        self, tier: str, line: str | None, release: Release | None
    ) -> tuple[tuple[Promise, ...], Timeline]:
        if line is not None and not self.tells_releases_apart(tier):
            release = None
        key = (tier, line or "", release.version if release else None)
        if key not in self._promises:
            subject = self.subject(line, release)
            promises = tuple(self._promised(tier, subject, release))
            union = any_of([promise.timeline for promise in promises]) if promises else ()
            timeline = self._ended(tier, line, release, union)
            if line is not None and release is None:
                timeline = self._while_it_stands(line, timeline)
            self._promises[key] = (promises, timeline)
        return self._promises[key]

    def _while_it_stands(self, line: str, timeline: Timeline) -> Timeline:
        for begin, until in self.withdrawn_days(line):
            after = clip(timeline, until) if until else ()
            timeline = (*cut(timeline, begin), *after)
        return timeline

    def withdrawn_days(self, line: str) -> tuple[Interval, ...]:
        """Return the days on which all of a line's releases that were out by then are withdrawn.

        On these it is covered for nobody, whatever a window says (design, section 3.1).
        """
        if line not in self._withdrawn:
            stable = self._stable.get(line, [])
            has_withdrawn = any(release.withdrawn_on is not None for release in stable)
            self._withdrawn[line] = tuple(_gaps(stable)) if has_withdrawn else ()
        return self._withdrawn[line]

    def last_withdrawn(self, line: str, day: date) -> Release | None:
        """Return the highest stable release of a line that is withdrawn as a whole on a day."""
        if not lies_in(day, self.withdrawn_days(line)):
            return None
        out = (release for release in self._stable[line] if release.day <= day)
        return max(out, key=lambda release: release.rank)

    def _ended(
        self, tier: str, line: str | None, release: Release | None, timeline: Timeline
    ) -> Timeline:
        """Let an announced end win; it prolongs a line, not what was superseded within it."""
        end = self.announced_end(tier, line, release)
        if end is None:
            return timeline
        newest = self.newest_in(line, self.today) if line is not None else release
        superseded = (
            self.counts_releases(tier)
            and release is not None
            and newest is not None
            and release.rank < newest.rank
        )
        return announced_ends.ended(
            timeline, end, tier=tier, today=self.today, prolongs=not superseded
        )

    def tells_releases_apart(self, tier: str) -> bool:
        """Return whether the releases of a line may be covered on different days for a tier."""
        return self._ranges_end or self.counts_releases(tier)

    def counts_releases(self, tier: str) -> bool:
        """Return whether the windows of a tier cover the releases of a line on days that differ."""
        if tier not in self._per_release:
            self._per_release[tier] = any(
                is_per_release(terms.window.rule, self.horizon.line_grain)
                for policy in self.facts.policies
                for terms in policy.tiers
                if terms.name == tier
            )
        return self._per_release[tier]

    def _promised(self, tier: str, subject: Subject, release: Release | None) -> list[Promise]:
        """Evaluate each policy in force at some moment since the line's first stable release.

        A window that does not tell releases apart answers a release as it does its line.
        """
        promises = []
        policies = self.facts.policies
        for policy, successor in zip(policies, [*policies[1:], None], strict=True):
            terms = next((t for t in policy.tiers if t.name == tier), None)
            bound_from = subject.bound_from or date.min
            ended = successor is not None and bound_from >= successor.in_force_from
            if terms is None or ended:
                continue
            timeline = covered_by_window(terms.window, subject, self.horizon)
            first = subject.first
            if release and is_per_release(terms.window.rule, self.horizon.line_grain):
                first = release.day
            timeline = clip(timeline, max(policy.in_force_from, first or date.min))
            if terms.window.ends is Ends.AFTER_NOTICE:
                timeline = _without_end(timeline)
            promises.append(Promise(policy, terms, timeline))
        return promises

    def _line_order(self, name: str) -> tuple[int, int, str]:
        """Lines stand where their lowest release does; those without any, as declared, below."""
        members = self._members.get(name)
        if members:
            return (1, members[0].rank, name)
        return (0, self.declared_lines[name].position, name)


def highest_on(releases: list[Release], day: date) -> Release | None:
    """Return the highest of the releases that stood on a day."""
    standing = [release for release in releases if release.day <= day and stands_on(release, day)]
    return max(standing, key=lambda release: release.rank, default=None)


def _gaps(stable: list[Release]) -> Iterator[Interval]:
    """Yield the days since the first of some releases on which none of them stands."""
    gap: date | None = min(release.day for release in stable)
    for begin, until in union(days for release in stable for days in active_days(release)):
        if gap is not None and gap < begin:
            yield gap, begin
        gap = until
    if gap is not None:
        yield gap, None


def _without_end(timeline: Timeline) -> Timeline:
    """Let support, once begun, go on: only an announced end ends it."""
    begun = next((span.first for span in timeline if span.state is State.COVERED), None)
    if begun is None:
        return timeline
    earlier = tuple(span for span in timeline if span.first < begun)
    return (*earlier, Span(begun, None, end=End.NONE))
