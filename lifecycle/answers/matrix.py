"""The matrix: what every tier gets for every line on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.answers.response_structs import LineOut, MatrixOut, PolicyOut, SupportOut
from lifecycle.support.facts import Line
from lifecycle.support.status import answer_line, check_tier

if TYPE_CHECKING:
    from datetime import date

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.coverage import Coverage


def matrix(snapshot: Snapshot, *, tier: str | None, at: date, today: date) -> MatrixOut:
    """Answer for every line, the highest first, and one tier or every one."""
    coverage = snapshot.coverage(today)
    if tier is not None:
        check_tier(coverage, tier, at=at)
    tiers = [tier] if tier else coverage.tier_names(at)
    return MatrixOut(
        product=snapshot.slug,
        at=at,
        policy=PolicyOut.of(snapshot.policy_on(at)),
        lines=tuple(_row(coverage, line, tiers, at) for line in reversed(coverage.line_names())),
    )


def _row(coverage: Coverage, name: str, tiers: list[str], at: date) -> LineOut:
    line = coverage.declared_lines.get(name, Line(name))
    latest = coverage.newest_in(name, at)
    return LineOut(
        line=name,
        codename=line.codename,
        released_on=coverage.subject(name).first,
        latest=latest.version if latest else None,
        lts=line.lts,
        tiers={
            tier: SupportOut.of(answer_line(coverage, name, tier=tier, at=at)) for tier in tiers
        },
    )
