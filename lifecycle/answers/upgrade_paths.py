"""The way from one version to a higher one: the releases that one passes, and when they came out.

Stages and announcements name versions or days. Each version has its place in the order; a day is
placed at the first release on the way that came out on that day or later.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from operator import attrgetter
from typing import TYPE_CHECKING

from lifecycle.support.version_ranking import stands_on

if TYPE_CHECKING:
    from datetime import date

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.facts import Release

RANK = attrgetter("rank")


class UpgradePath:
    """The releases above one version, up to another that is not below it."""

    def __init__(self, snapshot: Snapshot, lower: Release, higher: Release) -> None:
        self.snapshot = snapshot
        self.lower = lower
        self.higher = higher
        self.last_day = max(lower.day, higher.day)
        """The day from which what takes effect lies ahead of both versions."""
        releases = snapshot.facts.releases
        first = bisect_right(releases, lower.rank, key=RANK)
        last = bisect_right(releases, higher.rank, key=RANK)
        self._passed = [release for release in releases[first:last] if self._counts(release)]
        days = (release.day for release in self._passed)
        self._days = list(accumulate(days, max, initial=lower.day))

    def holds(self, rank: int) -> bool:
        """Return whether a rank lies above the lower version and not above the higher one."""
        return self.lower.rank < rank <= self.higher.rank

    def spans(self, day: date) -> bool:
        """Return whether a day lies after the lower version's and not after the higher one's."""
        return self.lower.day < day <= self.higher.day

    def day_at(self, rank: int) -> date:
        """Return the day by which the releases on the way up to a rank were out."""
        return self._days[bisect_right(self._passed, rank, key=RANK)]

    def rank_on(self, day: date) -> int:
        """Return the rank of the first release on the way that came out on a day or later."""
        place = bisect_left(self._days, day)
        return self._passed[place - 1].rank if place else self.lower.rank

    def release_at(self, rank: int, version: str | None = None) -> Release | None:
        """Return the release with a version, or else the lowest one that is not below a rank."""
        if version is not None and version in self.snapshot.by_version:
            return self.snapshot.by_version[version]
        releases = self.snapshot.facts.releases
        place = bisect_left(releases, rank, key=RANK)
        return releases[place] if place < len(releases) else None

    def _counts(self, release: Release) -> bool:
        """Return whether somebody on the way would have met a release by its day."""
        if release is self.higher:
            return True
        is_out = self.higher.planned or not release.planned
        return (
            is_out
            and not release.prerelease
            and release.day <= self.higher.day
            and stands_on(release, self.higher.day)
        )
