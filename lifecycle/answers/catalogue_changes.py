"""What happened to releases and lines themselves: withdrawn, restored, declared anew."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from lifecycle.calendar.zones import local_day
from lifecycle.catalogue.recorded_changes import Correction
from lifecycle.support.coverage import Coverage
from lifecycle.support.status import PROMISED, answer_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.facts import Release

Again: TypeAlias = dict[str, tuple[str, ...]]
"""The tiers that have support for a line again, by the line."""


class ReleaseTurn(msgspec.Struct, frozen=True, kw_only=True):
    """A release was withdrawn on a day, or came back; ``again`` has what that covers again."""

    version: str
    line: str | None
    day: date
    is_back: bool = False
    again: Again = {}


class LineCorrection(msgspec.Struct, frozen=True, kw_only=True):
    """The last days that a line declares were corrected, on a day."""

    line: str
    day: date
    recorded: Correction


def release_turns(snapshot: Snapshot, today: date) -> tuple[ReleaseTurn, ...]:
    """Return the withdrawals and restorations up to today; worked out once a day."""
    return snapshot.worked_out(
        __name__, today, lambda: tuple(_turns(snapshot.coverage(today), snapshot.facts.releases))
    )


def line_corrections(snapshot: Snapshot) -> Iterator[LineCorrection]:
    """Yield the corrections of what lines declare, the first one first."""
    for recorded in snapshot.recorded.corrections:
        day = local_day(recorded.at, snapshot.zone(recorded.at))
        yield LineCorrection(line=recorded.line, day=day, recorded=recorded)


def _turns(coverage: Coverage, releases: tuple[Release, ...]) -> Iterator[ReleaseTurn]:
    for release in releases:
        withdrawn_on, restored_on = release.withdrawn_on, release.restored_on
        if withdrawn_on is None or release.planned or withdrawn_on > coverage.today:
            continue
        again = _covered_again(coverage, release, withdrawn_on)
        yield ReleaseTurn(version=release.version, line=release.line, day=withdrawn_on, again=again)
        if restored_on is not None and restored_on <= coverage.today:
            yield ReleaseTurn(
                version=release.version, line=release.line, day=restored_on, is_back=True
            )


def _covered_again(coverage: Coverage, release: Release, day: date) -> Again:
    """Say what is covered on the day of a withdrawal that would not be without it.

    Another line is concerned only where none of the release's own counts any more.
    """
    if release.line is None or not coverage.last_withdrawn(release.line, day):
        return {}
    standing = msgspec.structs.replace(release, withdrawn_on=None, restored_on=None)
    releases = tuple(
        standing if member is release else member for member in coverage.facts.releases
    )
    facts = msgspec.structs.replace(coverage.facts, releases=releases)
    without = Coverage(facts, today=coverage.today)
    again: Again = {}
    for line in coverage.line_names():
        tiers = (
            tier
            for tier in coverage.tier_names(day)
            if line != release.line
            and _is_covered(coverage, line, tier, day)
            and not _is_covered(without, line, tier, day)
        )
        if names := tuple(tiers):
            again[line] = names
    return again


def _is_covered(coverage: Coverage, line: str, tier: str, day: date) -> bool:
    return answer_line(coverage, line, tier=tier, at=day).status in PROMISED
