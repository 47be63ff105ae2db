"""Why a line is covered, tier by tier: the answer, the policies that promise it, its releases."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.answers.announced_changes import announced_for
from lifecycle.answers.response_structs import DeprecationRefOut, SupportOut
from lifecycle.catalogue.queries import UnknownLine
from lifecycle.policy.windows import Phase
from lifecycle.support.facts import DeclaredDay, Release
from lifecycle.support.status import answer_line

if TYPE_CHECKING:
    from lifecycle.answers.snapshots import Snapshot


class Promised(msgspec.Struct, frozen=True):
    """A policy that binds the line: it was in force at some moment since its first release."""

    policy: str
    version: str
    in_force_from: date


class TierExplanation(msgspec.Struct, frozen=True):
    """What a tier gets, which policies promise it, and what is announced for it."""

    tier: str
    answer: SupportOut
    policies: tuple[Promised, ...]
    deprecations: tuple[DeprecationRefOut, ...]


class LineExplanation(msgspec.Struct, frozen=True):
    """A line on a day: what each tier gets and why, and its releases, newest first.

    ``declared`` are the days of its phases, or whether a phase is over, as the line declares them.
    """

    line: str
    codename: str | None
    released_on: date | None
    tiers: tuple[TierExplanation, ...]
    releases: tuple[Release, ...]
    declared: dict[Phase, DeclaredDay] = {}


def explain_line(snapshot: Snapshot, line: str, *, at: date, today: date) -> LineExplanation:
    """Explain a line; one that is not known is an ``UnknownLine``."""
    coverage = snapshot.coverage(today)
    if not coverage.has_line(line) and not coverage.members(line):
        raise UnknownLine(f"{snapshot.slug} has no line {line[:100]!r}.")
    newest = coverage.newest_in(line, at)
    tiers = tuple(
        TierExplanation(
            tier,
            SupportOut.of(answer_line(coverage, line, tier=tier, at=at)),
            tuple(
                Promised(promise.policy.name, promise.policy.version, promise.policy.in_force_from)
                for promise in coverage.promises(tier, line, newest)
            ),
            announced_for(
                snapshot, line=line, version=newest.version if newest else "", tier=tier, at=at
            ),
        )
        for tier in coverage.tier_names(at)
    )
    declared = coverage.declared_lines.get(line)
    return LineExplanation(
        line=line,
        codename=declared.codename if declared else None,
        released_on=coverage.subject(line).first if coverage.has_line(line) else None,
        tiers=tiers,
        releases=tuple(reversed(coverage.members(line))),
        declared=declared.declared if declared else {},
    )
