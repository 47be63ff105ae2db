"""Upgrades: where whoever runs a version should go next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.policy.windows import Patches
from lifecycle.support.ladder import stands_on

if TYPE_CHECKING:
    from datetime import date

    from lifecycle.support.coverage import Coverage
    from lifecycle.support.facts import Release


class UpgradeTo(msgspec.Struct, frozen=True):
    """The newest patch of the same line, the newest version of all; None where nothing is newer.

    Where a tier's fixes come to all patches, no patch is advised.
    """

    patch: str | None
    newest: str | None


def upgrade_to(coverage: Coverage, release: Release, *, at: date, patches: Patches) -> UpgradeTo:
    """Advise on the day ``at``; releases withdrawn by then, and prereleases, are never advised."""
    newest = coverage.newest_on(at)
    in_line = coverage.newest_in(release.line, at) if release.line else None
    wants_patch = patches is Patches.LATEST or not stands_on(release, at)
    return UpgradeTo(
        patch=in_line.version if wants_patch and in_line and in_line.rank > release.rank else None,
        newest=newest.version if newest and newest.rank > release.rank else None,
    )
