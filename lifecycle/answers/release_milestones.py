"""The milestones of a release that are days: when it came out, and when what support of it ends."""

from __future__ import annotations

from datetime import date, datetime
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec

from lifecycle.answers import versions
from lifecycle.answers.day_moves import EndMoves
from lifecycle.answers.line_ends import end_of_life, withdrawn_since
from lifecycle.policy.windows import Phase
from lifecycle.support.status import (
    OVER,
    PROMISED,
    UNCOVERED,
    Status,
    answer_release,
    check_tier,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.facts import Release
    from lifecycle.support.status import Answer

_NEVER_COVERED = UNCOVERED | {Status.WITHDRAWN}
"""What an answer without a last covered day says where no day was covered."""


class ReleaseMilestones(msgspec.Struct, frozen=True, kw_only=True):
    """The days of a release; None where none is known, or not yet.

    Ends are the last covered days: of any support, whether a tier covers it or its line declares
    it, of security fixes, of the support by tiers, and of life (see ``end_of_life``). None lies
    after its withdrawal. ``sold_until`` is the last day on which its line was sold. Support of
    which ``is_over`` is told ended on a day that nobody knows.
    """

    version: str
    released_on: date | None
    security_until: date | None
    supported_until: date | None
    covered_until: date | None
    life_until: date | None
    sold_until: date | None
    is_over: bool = False


def release_milestones(
    snapshot: Snapshot, releases: Iterable[Release], today: date, *, tier: str | None = None
) -> list[ReleaseMilestones]:
    """Return the milestones of some releases as they are known today, for one tier or for any."""
    milestones = _Milestones(snapshot, today, tier)
    return [milestones.of(release) for release in releases]


def milestones_of_version(
    snapshot: Snapshot, version: str, today: date, *, tier: str | None = None
) -> ReleaseMilestones:
    """Return the milestones of one version; an unknown one is refused as answers refuse it."""
    answer = versions.answer(snapshot, version, at=today, today=today)
    releases = [snapshot.by_version[answer.version]]
    return release_milestones(snapshot, releases, today, tier=tier)[0]


class _Milestones:
    def __init__(self, snapshot: Snapshot, today: date, tier: str | None) -> None:
        self._coverage, self._today = snapshot.coverage(today), today
        if tier is not None:
            check_tier(self._coverage, tier, at=today)
        self._tiers = self._coverage.tier_names(today) if tier is None else [tier]
        self._presentations = snapshot.known.line_presentations

    def of(self, release: Release) -> ReleaseMilestones:
        """Return what is known of one; of a plan or a prerelease, that is nothing yet."""
        if release.planned or release.prerelease:
            return ReleaseMilestones(
                version=release.version,
                released_on=None,
                security_until=None,
                supported_until=None,
                covered_until=None,
                life_until=None,
                sold_until=None,
            )
        security_until = self._security_until(release)
        life_until = end_of_life(self._coverage, release.line, release)
        answers = [
            answer_release(self._coverage, release, tier=tier, at=self._today)
            for tier in self._tiers
        ]
        covered = _last_covered(answers)
        supported_until = None
        if None not in covered:
            supported_until = max(filter(None, (*covered, life_until)), default=None)
        elif withdrawn_since(self._coverage, release.line, release) is not None:
            supported_until = life_until
        if supported_until is not None:
            security_until = min(security_until or supported_until, supported_until)
        return ReleaseMilestones(
            version=release.version,
            released_on=release.day,
            security_until=security_until,
            supported_until=supported_until,
            covered_until=None if None in covered else max(filter(None, covered), default=None),
            life_until=life_until,
            sold_until=self._sold_until(release),
            is_over=supported_until is None and self._is_over(release, answers),
        )

    def _is_over(self, release: Release, answers: list[Answer]) -> bool:
        """Return whether its line declares that, or else every tier answers that."""
        line = self._coverage.declared_lines.get(release.line or "")
        statuses = {answer.status for answer in answers}
        if line is not None and line.declared.get(Phase.END_OF_LIFE) is True:
            return not statuses & PROMISED
        return bool(statuses) and statuses <= OVER

    def _sold_until(self, release: Release) -> date | None:
        shown = self._presentations.get(release.line or "")
        day = shown.discontinued if shown else None
        return day if isinstance(day, date) else None

    def _security_until(self, release: Release) -> date | None:
        line = self._coverage.declared_lines.get(release.line or "")
        day = line.declared.get(Phase.SECURITY_SUPPORT) if line else None
        return day if isinstance(day, date) else None


def _last_covered(answers: list[Answer]) -> set[date | None]:
    """Return the last day of each tier that ever covered; None where no day ends that."""
    return {
        answer.supported_until
        for answer in answers
        if answer.supported_until is not None or answer.status not in _NEVER_COVERED
    }


class LatestFacts:
    """When the latest fact became known that the milestones of a release may rest on."""

    def __init__(self, snapshot: Snapshot, today: date) -> None:
        coverage = snapshot.coverage(today)
        self._tiers = coverage.tier_names(today) or [""]
        self._moves = EndMoves(snapshot)
        self._changes = {entry.rank: entry.last for entry in snapshot.recorded.releases}
        self._instants: dict[str | None, datetime] = {}
        self._above: dict[str, datetime] = {}
        if any(map(coverage.tells_releases_apart, self._tiers)):
            releases = reversed(snapshot.facts.releases)
            stable = [release for release in releases if not release.prerelease]
            latest = accumulate(map(self._moves.known_at, stable), max)
            self._above = {release.version: at for release, at in zip(stable, latest, strict=True)}

    def of(self, release: Release) -> datetime:
        """Return when it was registered or changed, or when what its line rests on became known.

        Where a tier tells releases apart, each one above it may be such a fact.
        """
        line = release.line
        if line not in self._instants:
            moves = (self._moves.of(line or "", tier, date.max) for tier in self._tiers)
            self._instants[line] = max(move.last for move in moves)
        registered_at = self._moves.known_at(release)
        return max(
            self._instants[line],
            registered_at,
            self._changes.get(release.rank, registered_at),
            self._above.get(release.version, registered_at),
        )
