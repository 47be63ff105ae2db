"""Supersession: a version that makes way for a newer one of its line, which stays covered."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec

from lifecycle.support.intervals import day_before
from lifecycle.support.line_timelines import successor_within

if TYPE_CHECKING:
    from lifecycle.support.coverage import Coverage


class Supersession(msgspec.Struct, frozen=True, kw_only=True):
    """A ``version`` that some tiers cover until the day before ``successor`` comes out.

    The support of their ``line`` goes on: this is an upgrade within it, and no implied end.
    """

    line: str
    version: str
    successor: str
    day: date
    tiers: tuple[str, ...]


def superseded_by(coverage: Coverage, version: str) -> Supersession | None:
    """Return what a release takes the place of within its line, if some tier covers that."""
    release = next(r for r in coverage.facts.releases if r.version == version)
    if release.line is None or release.prerelease:
        return None
    eve = day_before(release.day)
    previous = coverage.newest_in(release.line, eve)
    if previous is None:
        return None
    tiers = tuple(
        tier
        for tier in coverage.tier_names(eve)
        if successor_within(coverage, previous, tier=tier, at=eve) is release
    )
    if not tiers:
        return None
    return Supersession(
        line=release.line,
        version=previous.version,
        successor=version,
        day=release.day,
        tiers=tiers,
    )
