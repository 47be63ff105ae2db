"""Interruptions: ends of a line's support after which it was supported again."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from lifecycle.answers.line_ends import LineEnd, day_before
from lifecycle.support.intervals import State
from lifecycle.support.line_timelines import line_timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.coverage import Coverage


class Interruption(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a line's support for some tiers, and the day from which they have it again."""

    end: LineEnd
    again_from: date

    @property
    def line(self) -> str:
        """The line that was without support meanwhile."""
        return self.end.line


def interruptions(snapshot: Snapshot, today: date) -> tuple[Interruption, ...]:
    """Return the ends that were not the last ones, the lowest line first; worked out once a day."""
    return snapshot.worked_out(
        __name__, today, lambda: tuple(_interruptions(snapshot.coverage(today)))
    )


def _interruptions(coverage: Coverage) -> Iterator[Interruption]:
    if coverage.policy_on(coverage.today) is None:
        return
    for line in coverage.line_names():
        alike: defaultdict[tuple[date, date], list[str]] = defaultdict(list)
        for tier in coverage.tier_names(coverage.today):
            timeline = line_timeline(coverage, line, tier=tier)
            covered = [span for span in timeline if span.state is State.COVERED]
            for earlier, later in pairwise(covered):
                if earlier.until and earlier.until < later.first <= coverage.today:
                    alike[earlier.until, later.first].append(tier)
        for (until, again_from), tiers in sorted(alike.items()):
            end = LineEnd(line=line, tiers=tuple(tiers), last_day=day_before(until))
            yield Interruption(end=end, again_from=again_from)
