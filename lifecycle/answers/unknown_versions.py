"""Answers for versions that nobody knows: the line that such a one belongs to answers for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.support.status import Answer, answer_line, tells_releases_apart
from lifecycle.support.upgrades import UpgradeTo, upgrade_from_line

if TYPE_CHECKING:
    from datetime import date

    from lifecycle.answers.snapshots import Snapshot


class LineAnswer(msgspec.Struct, frozen=True):
    """What a line answers for a version; its reason says that it does."""

    line: str
    answer: Answer
    upgrade_to: UpgradeTo


def answer_by_line(
    snapshot: Snapshot, version: str, line: str | None, *, tier: str, at: date, today: date
) -> LineAnswer | None:
    """Answer for a version that nobody knows as for its line; raises ``UnknownTier``.

    None where no line is known, or the tier is covered release by release.
    """
    coverage = snapshot.coverage(today)
    if tells_releases_apart(coverage, tier, at=at) or line is None:
        return None
    answer = answer_line(coverage, line, tier=tier, at=at)
    reason = f"{snapshot.slug} has no release {version!r}. Its line answers for it: {answer.reason}"
    return LineAnswer(
        line,
        msgspec.structs.replace(answer, reason=reason),
        upgrade_from_line(coverage, line, tier=tier, at=at),
    )
