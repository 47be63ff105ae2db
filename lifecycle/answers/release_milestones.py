"""The milestones of a release that are days: when it came out, and when what support of it ends."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec

from lifecycle.answers.day_moves import EndMoves
from lifecycle.policy.windows import Phase
from lifecycle.support.facts import Line
from lifecycle.support.status import UNCOVERED, answer_release

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.facts import Release


class ReleaseMilestones(msgspec.Struct, frozen=True, kw_only=True):
    """The days of a release; None where none is known, or not yet.

    Ends are the last covered days: of any support, and of security fixes. ``known_at`` is the
    instant of the latest fact that they may rest on.
    """

    version: str
    released_on: date | None
    security_until: date | None
    supported_until: date | None
    known_at: datetime


def release_milestones(
    snapshot: Snapshot, releases: Iterable[Release], today: date
) -> list[ReleaseMilestones]:
    """Return the milestones of some releases as they are known today."""
    milestones = _Milestones(snapshot, today)
    return [milestones.of(release) for release in releases]


class _Milestones:
    def __init__(self, snapshot: Snapshot, today: date) -> None:
        self._coverage, self._today = snapshot.coverage(today), today
        self._tiers = self._coverage.tier_names(today)
        self._moves = EndMoves(snapshot)
        self._lines = {line.name: line for line in snapshot.facts.lines}
        self._instants: dict[str | None, datetime] = {}

    def of(self, release: Release) -> ReleaseMilestones:
        """Return what is known of one; of a plan or a prerelease, that is nothing yet."""
        begun = not release.planned and not release.prerelease
        supported_until = self._supported_until(release) if begun else None
        security_until = self._declared(release, Phase.SECURITY_SUPPORT) if begun else None
        if supported_until is not None:
            security_until = min(security_until or supported_until, supported_until)
        return ReleaseMilestones(
            version=release.version,
            released_on=release.day if begun else None,
            security_until=security_until,
            supported_until=supported_until,
            known_at=self._known_at(release.line),
        )

    def _supported_until(self, release: Release) -> date | None:
        """Return the last day on which any tier covers it; else what its line declares."""
        answers = [
            answer_release(self._coverage, release, tier=tier, at=self._today)
            for tier in self._tiers
        ]
        if any(
            answer.supported_until is None and answer.status not in UNCOVERED for answer in answers
        ):
            return None
        covered = [answer.supported_until for answer in answers if answer.supported_until]
        declared = self._declared(release, Phase.END_OF_LIFE)
        return max([*covered, *([declared] if declared else [])], default=None)

    def _declared(self, release: Release, phase: Phase) -> date | None:
        line = self._lines.get(release.line or "", Line(""))
        day = line.declared.get(phase)
        return day if isinstance(day, date) else None

    def _known_at(self, line: str | None) -> datetime:
        if line not in self._instants:
            moves = (self._moves.of(line or "", tier, date.max) for tier in self._tiers or [""])
            self._instants[line] = max(move.last for move in moves)
        return self._instants[line]
