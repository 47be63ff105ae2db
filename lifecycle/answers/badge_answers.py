"""What a badge speaks of: one version or line, and the tier whose answer it shows."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from lifecycle.answers.version_lookup import find_release, named_line
from lifecycle.catalogue.queries import UnknownRelease
from lifecycle.support.intervals import End
from lifecycle.support.status import PROMISED, Answer, Status, answer_line, answer_release
from lifecycle.versions import UnparsableVersion

if TYPE_CHECKING:
    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.coverage import Coverage
    from lifecycle.support.facts import Release

_ORDER = (
    Status.UNSUPPORTED,
    Status.WITHDRAWN,
    Status.PRERELEASE,
    Status.UNKNOWN,
    Status.PLANNED,
    Status.BEST_EFFORT,
    Status.ENDING,
    Status.SUPPORTED,
)


class Unknown(StrEnum):
    """Why a badge has no answer."""

    PRODUCT = "product"
    VERSION = "version"
    TIER = "tier"
    POLICY = "policy"


class BadgeAnswer(msgspec.Struct, frozen=True):
    """The answer of a badge, or the reason why it has none.

    ``tier`` is the one that was asked for, or else the one that is spoken for, where others get
    another answer. ``planned_on`` is the day of a release, or of a line's first one, that is
    still to come.
    """

    version: str
    tier: str | None = None
    answer: Answer | None = None
    planned_on: date | None = None
    unknown: Unknown | None = None


def badge_answer(snapshot: Snapshot, version: str, *, tier: str | None, today: date) -> BadgeAnswer:
    """Answer for a version, or for the line that is called so, and a tier.

    Without a tier, the one that covers it longest is spoken for, the lowest of equals.
    """
    coverage = snapshot.coverage(today)
    tiers = coverage.tier_names(today)
    if not tiers or coverage.policy_on(today) is None:
        return BadgeAnswer(version, tier, unknown=Unknown.POLICY)
    release = _release(snapshot, version)
    line = named_line(coverage, version) if release is None else None
    if release is None and line is None:
        return BadgeAnswer(version, tier, unknown=Unknown.VERSION)
    if tier is not None and tier not in tiers:
        return BadgeAnswer(version, tier, unknown=Unknown.TIER)
    planned_on = _planned_on(coverage, release, line)
    answers = {
        name: _answer(coverage, release, line, tier=name, today=today)
        for name in ([tier] if tier else tiers)
    }
    spoken_for = max(answers, key=lambda name: _lasts(answers[name]))
    is_named = tier is not None or len(set(map(_shown, answers.values()))) > 1
    return BadgeAnswer(
        version, spoken_for if is_named else None, answers[spoken_for], planned_on=planned_on
    )


def _release(snapshot: Snapshot, version: str) -> Release | None:
    try:
        return find_release(snapshot, version)
    except (UnknownRelease, UnparsableVersion):
        return None


def _planned_on(coverage: Coverage, release: Release | None, line: str | None) -> date | None:
    if release is not None:
        day = release.day if release.planned else None
    else:
        day = coverage.subject(line, None).first
    return day if day is not None and day > coverage.today else None


def _answer(
    coverage: Coverage, release: Release | None, line: str | None, *, tier: str, today: date
) -> Answer:
    if release is not None:
        return answer_release(coverage, release, tier=tier, at=today)
    return answer_line(coverage, line or "", tier=tier, at=today)


def _lasts(answer: Answer) -> tuple[int, date]:
    """Order answers by how long they cover something; what has no end lasts longest."""
    order = len(_ORDER) if answer.status in PROMISED else _ORDER.index(answer.status)
    last = answer.supported_until or answer.at_least_until
    if answer.projected_until is not None:
        last = answer.projected_until.median
    if answer.end is End.NONE and answer.status in PROMISED:
        last = date.max
    return order, last or date.min


def _shown(answer: Answer) -> tuple[object, ...]:
    """Return what tells the badge of one tier from that of another."""
    if answer.status in PROMISED:
        dated = (answer.projected_until, answer.at_least_until)
        return (answer.status, answer.end, answer.supported_until, *dated)
    if answer.status is Status.UNSUPPORTED:
        return (answer.status, answer.end, answer.supported_until)
    return (answer.status,)
