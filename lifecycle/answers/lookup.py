"""Looking a version up: by its exact string, else by what it equals; else saying what is near."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from lifecycle.catalogue.placing import Lines, derive
from lifecycle.catalogue.queries import UnknownRelease
from lifecycle.versions import nearest, scheme
from lifecycle.versions.order import place

if TYPE_CHECKING:
    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.facts import Release


def find_release(snapshot: Snapshot, version: str) -> Release | None:
    """Find a release by its exact version, or the only one of an equal version.

    A version that the product's scheme cannot read, and no release has, is an
    ``UnparsableVersion``.
    """
    if version in snapshot.by_version:
        return snapshot.by_version[version]
    rules = scheme(snapshot.known.scheme)
    rules.parse(version)
    if not rules.ordered:
        return None
    rank = place(rules, snapshot.ordered, [version]).ranks[version]
    start = bisect_left(snapshot.ordered, (rank, ""))
    equal = [v for known, v in snapshot.ordered[start : start + 20] if known == rank]
    if len(equal) > 1:
        raise UnknownRelease(f"{version!r} equals {' and '.join(equal)}; name one of them.")
    return snapshot.by_version[equal[0]] if equal else None


def line_of(snapshot: Snapshot, version: str) -> str | None:
    """Name the known line that a version, itself not known, would belong to."""
    coverage_lines = {release.line for release in snapshot.facts.releases}
    declared = frozenset(line.name for line in snapshot.facts.lines)
    lines = Lines(snapshot.known.line_by, declared)
    rules = scheme(snapshot.known.scheme)
    line = derive(rules, lines, version, stage=None, given=None).line
    return line if line in coverage_lines | declared else None


def nearest_versions(snapshot: Snapshot, version: str) -> list[str]:
    """Name the known versions that may have been meant, the likeliest first."""
    return nearest(version, list(snapshot.by_version))
