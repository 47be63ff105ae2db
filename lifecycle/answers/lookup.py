"""Looking a version up: by its exact string, else by what it equals; else saying what is near."""

from __future__ import annotations

from bisect import bisect_left
from itertools import takewhile
from typing import TYPE_CHECKING

from lifecycle.catalogue.placing import Lines, derive
from lifecycle.catalogue.queries import UnknownRelease
from lifecycle.versions import nearest, scheme

if TYPE_CHECKING:
    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.coverage import Coverage
    from lifecycle.support.facts import Release

SHOWN = 3
NEIGHBOURS = 100


def find_release(snapshot: Snapshot, version: str) -> Release | None:
    """Find a release by its exact version, or the only one of an equal version.

    A version that the product's scheme cannot read, and no release has, is an
    ``UnparsableVersion``.
    """
    if version in snapshot.by_version:
        return snapshot.by_version[version]
    equal = equal_versions(snapshot, version)
    if len(equal) > 1:
        raise UnknownRelease(f"{version!r} equals {' and '.join(equal)}; name one of them.")
    return snapshot.by_version[equal[0]] if equal else None


def equal_versions(snapshot: Snapshot, version: str) -> list[str]:
    """Give the known versions that the scheme holds to be the same as one; raises as it parses."""
    rules = scheme(snapshot.known.scheme)
    key = rules.parse(version).key
    if not rules.ordered:
        return []
    following = (each for _, each in snapshot.ordered[_place(snapshot, version) :])
    return list(takewhile(lambda each: rules.parse(each).key == key, following))


def line_of(snapshot: Snapshot, coverage: Coverage, version: str) -> str | None:
    """Name the known line that a version, itself not known, would belong to."""
    declared = frozenset(line.name for line in snapshot.facts.lines)
    lines = Lines(snapshot.known.line_by, declared)
    rules = scheme(snapshot.known.scheme)
    line = derive(rules, lines, version, stage=None, given=None).line
    return line if line is not None and coverage.has_line(line) else None


def nearest_versions(snapshot: Snapshot, version: str) -> list[str]:
    """Name up to three known versions: those it lies between, then those written much like it.

    Where versions have an order, only its neighbours are compared: a question that has no answer
    must not cost more than one that has.
    """
    known = [each for _, each in snapshot.ordered]
    if not scheme(snapshot.known.scheme).ordered:
        return nearest(version, known)[:SHOWN]
    place = _place(snapshot, version)
    between = [*reversed(known[max(place - 1, 0) : place]), *known[place : place + 1]]
    alike = nearest(version, known[max(place - NEIGHBOURS, 0) : place + NEIGHBOURS])
    return list(dict.fromkeys([*between, *alike]))[:SHOWN]


def _place(snapshot: Snapshot, version: str) -> int:
    """Find where a version stands, or would stand, among the known ones."""
    rules = scheme(snapshot.known.scheme)
    key = rules.parse(version).key
    return bisect_left(snapshot.ordered, key, key=lambda each: rules.parse(each[1]).key)
