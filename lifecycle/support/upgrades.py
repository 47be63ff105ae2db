"""Upgrades: where whoever runs a version should go next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.policy.windows import Patches
from lifecycle.support.status import PROMISED, Status, answer_release
from lifecycle.support.version_ranking import stands_on

if TYPE_CHECKING:
    from datetime import date

    from lifecycle.support.coverage import Coverage
    from lifecycle.support.facts import Release

_ADVICE_KEPT = 64


class UpgradeTo(msgspec.Struct, frozen=True, omit_defaults=True):
    """The newest patch of the same line, and the newest version, that the tier covers.

    They are None where nothing newer is covered. Where a tier's fixes come to all patches, no patch
    is advised. ``uncovered`` is the newest version of all, where the tier does not cover that.
    """

    patch: str | None
    newest: str | None
    uncovered: str | None = None


def upgrade_to(
    coverage: Coverage, release: Release, *, tier: str, at: date, patches: Patches
) -> UpgradeTo:
    """Advise on the day ``at``; releases withdrawn by then, and prereleases, are never advised."""
    wants_patch = patches is Patches.LATEST or not stands_on(release, at)
    line = release.line if wants_patch else None
    return _advise(coverage, line, tier=tier, at=at, above=release.rank)


def upgrade_from_line(coverage: Coverage, line: str, *, tier: str, at: date) -> UpgradeTo:
    """Advise whoever runs a version of a line that is not known."""
    return _advise(coverage, line, tier=tier, at=at, above=-1)


def _advise(coverage: Coverage, line: str | None, *, tier: str, at: date, above: int) -> UpgradeTo:
    patch = coverage.newest_in(line, at) if line else None
    if patch and (patch.rank <= above or _is_uncovered(coverage, patch, tier, at)):
        patch = None
    newest = coverage.newest_on(at)
    if newest is None or newest.rank <= above:
        return UpgradeTo(patch.version if patch else None, None)
    covered = _newest_covered(coverage, newest, tier, at)
    return UpgradeTo(
        patch.version if patch else None,
        covered.version if covered and covered.rank > above else None,
        None if covered is newest else newest.version,
    )


def _newest_covered(coverage: Coverage, newest: Release, tier: str, at: date) -> Release | None:
    """Return the newest version unless the tier does not cover it, else the highest that it covers.

    Best effort, and an end that is not declared, say nothing against the newest.
    """
    if (tier, at) not in coverage.advised:
        if len(coverage.advised) >= _ADVICE_KEPT:
            coverage.advised.clear()
        uncovered = _is_uncovered(coverage, newest, tier, at)
        coverage.advised[tier, at] = _highest_covered(coverage, tier, at) if uncovered else newest
    return coverage.advised[tier, at]


def _highest_covered(coverage: Coverage, tier: str, at: date) -> Release | None:
    for line in reversed(coverage.line_names()):
        newest = coverage.newest_in(line, at)
        if newest and answer_release(coverage, newest, tier=tier, at=at).status in PROMISED:
            return newest
    return None


def _is_uncovered(coverage: Coverage, release: Release, tier: str, at: date) -> bool:
    return answer_release(coverage, release, tier=tier, at=at).status is Status.UNSUPPORTED
