"""One version's answer: what each tier gets for it on a day, and where to go next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.answers.announced_changes import announced_for
from lifecycle.answers.response_structs import (
    PolicyOut,
    SupportOut,
    TierOut,
    VersionOut,
    VersionTierOut,
)
from lifecycle.answers.version_lookup import (
    find_release,
    line_of,
    named_line,
    nearest_sentence,
    nearest_versions,
)
from lifecycle.catalogue.queries import UnknownRelease
from lifecycle.policy.windows import Patches
from lifecycle.support.status import answer_line, answer_release, check_tier
from lifecycle.support.upgrades import upgrade_to
from lifecycle.versions import UnparsableVersion

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.coverage import Coverage
    from lifecycle.support.facts import Release


def answer(snapshot: Snapshot, version: str, *, at: date, today: date) -> VersionOut:
    """Answer for one version and every tier.

    A version that is not known is an ``UnknownRelease`` that names the nearest ones and carries its
    line's answer: not known is not unsupported.
    """
    coverage = snapshot.coverage(today)
    names = coverage.tier_names(at)
    release = _release(snapshot, coverage, version, names, at=at)
    return answer_known(snapshot, release, names, at=at, today=today)


def answer_known(
    snapshot: Snapshot, release: Release, tiers: Iterable[str], *, at: date, today: date
) -> VersionOut:
    """Answer for a release of the catalogue and some tiers."""
    coverage = snapshot.coverage(today)
    answers = {
        tier: TierOut(**_members(snapshot, coverage, release, tier=tier, at=at)) for tier in tiers
    }
    return VersionOut(**_about(snapshot, release, at), tiers=answers)


def answer_for_tier(
    snapshot: Snapshot, version: str, *, tier: str, at: date, today: date
) -> VersionTierOut:
    """Answer for one version and one tier; what is not known is refused as by ``answer``."""
    coverage = snapshot.coverage(today)
    release = _release(snapshot, coverage, version, [tier], at=at)
    members = _members(snapshot, coverage, release, tier=tier, at=at)
    return VersionTierOut(**_about(snapshot, release, at), tier=tier, **members)


def _about(snapshot: Snapshot, release: Release, at: date) -> dict[str, Any]:
    return {
        "product": snapshot.slug,
        "version": release.version,
        "line": release.line,
        "at": at,
        "released_on": None if release.planned else release.day,
        "planned_on": release.day if release.planned else None,
        "registered_on": release.registered_on,
        "policy": PolicyOut.of(snapshot.policy_on(at)),
    }


def _release(
    snapshot: Snapshot, coverage: Coverage, version: str, tiers: list[str], *, at: date
) -> Release:
    release, refusal = None, None
    try:
        release = find_release(snapshot, version)
    except UnparsableVersion as error:
        refusal = error
    if release is not None:
        return release
    named = named_line(coverage, version)
    line = named or line_of(snapshot, coverage, version)
    if line is None and refusal is not None:
        detail = f"{refusal.detail} {snapshot.slug} has no line called {version!r} either."
        raise UnparsableVersion(detail, problems=refusal.problems)
    near = nearest_versions(snapshot, version)
    hint = nearest_sentence(near)
    members: dict[str, Any] = {"nearest": near}
    if line is not None:
        members["line"] = _line(coverage, line, tiers, at=at)
        hint += f" Its line {line} is known: see 'line'."
    if named is not None:
        hint = f" {named} is one of its lines: see 'line'."
    raise UnknownRelease(f"{snapshot.slug} has no release {version!r}.{hint}", **members)


def _line(coverage: Coverage, line: str, tiers: list[str], *, at: date) -> dict[str, Any]:
    answers = {tier: SupportOut.of(answer_line(coverage, line, tier=tier, at=at)) for tier in tiers}
    built: dict[str, Any] = msgspec.to_builtins({"line": line, "at": at, "tiers": answers})
    return built


def _members(
    snapshot: Snapshot, coverage: Coverage, release: Release, *, tier: str, at: date
) -> dict[str, Any]:
    answer = answer_release(coverage, release, tier=tier, at=at)
    terms = check_tier(coverage, tier, at=at)
    patches = terms.window.patches if terms else Patches.LATEST
    upgrade = upgrade_to(coverage, release, tier=tier, at=at, patches=patches)
    announced = announced_for(
        snapshot, line=release.line, version=release.version, tier=tier, at=at
    )
    return SupportOut.members(answer) | {"upgrade_to": upgrade, "deprecations": announced}
