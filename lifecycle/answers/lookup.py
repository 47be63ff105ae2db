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
    from lifecycle.support.coverage import Coverage
    from lifecycle.support.facts import Release

SHOWN = 3


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


def line_of(snapshot: Snapshot, coverage: Coverage, version: str) -> str | None:
    """Name the known line that a version, itself not known, would belong to."""
    declared = frozenset(line.name for line in snapshot.facts.lines)
    lines = Lines(snapshot.known.line_by, declared)
    rules = scheme(snapshot.known.scheme)
    line = derive(rules, lines, version, stage=None, given=None).line
    return line if line is not None and coverage.has_line(line) else None


def nearest_versions(snapshot: Snapshot, version: str) -> list[str]:
    """Name up to three known versions: those it lies between, then those written much like it."""
    alike = nearest(version, list(snapshot.by_version))
    return list(dict.fromkeys([*_between(snapshot, version), *alike]))[:SHOWN]


def _between(snapshot: Snapshot, version: str) -> list[str]:
    """Give the known versions next below and next above one that is not known."""
    rules, known = scheme(snapshot.known.scheme), [version for _, version in snapshot.ordered]
    if not rules.ordered:
        return []
    key = rules.parse(version).key
    above = bisect_left(known, key, key=lambda each: rules.parse(each).key)
    return [*reversed(known[max(above - 1, 0) : above]), *known[above : above + 1]]
