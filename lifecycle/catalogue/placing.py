"""What follows from a version: its units, whether it is a prerelease, and its line (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lifecycle.policy.stages import PRE_GA

if TYPE_CHECKING:
    from collections.abc import Collection

    from lifecycle.versions import Scheme

UNITS = ("major", "minor", "patch")


class Derived(msgspec.Struct, frozen=True):
    """What the store keeps of a version beside the version itself."""

    line: str | None
    major: str | None
    minor: str | None
    patch: str | None
    prerelease: bool


class Lines(msgspec.Struct, frozen=True):
    """How a product's releases form lines: by a unit of their version, or by declared ``names``."""

    by: str
    names: frozenset[str] = frozenset()


def derive(
    scheme: Scheme, lines: Lines, version: str, *, stage: str | None, given: str | None
) -> Derived:
    """Work out what follows from a version; raises ``UnparsableVersion``."""
    parsed = scheme.parse(version)
    major, minor, patch = parsed.units or (None, None, None)
    early = parsed.prerelease or stage in PRE_GA
    if lines.by == "declared":
        line = given or longest_prefix(version, lines.names)
    else:
        line = parsed.units[UNITS.index(lines.by)] if parsed.units else None
    return Derived(line, major, minor, patch, early)


def longest_prefix(version: str, names: Collection[str]) -> str | None:
    """Pick the longest declared line that a version begins with, up to the end of a segment.

    >>> longest_prefix("1.1.1w", {"1.1", "1.1.1"}), longest_prefix("3.350", {"3.35"})
    ('1.1.1', None)
    >>> longest_prefix("22.04.3 LTS", {"22.04", "2"}), longest_prefix("bookworms", {"bookworm"})
    ('22.04', None)
    """
    # Cutting the version is quicker than trying every name: a product has up to hundreds of lines.
    for end in range(len(version), 0, -1):
        if _segment_ends(version, end) and version[:end] in names:
            return version[:end]
    return None


def _segment_ends(version: str, end: int) -> bool:
    if end == len(version):
        return True
    last, following = version[end - 1], version[end]
    return not (
        (last.isdigit() and following.isdigit()) or (last.isalpha() and following.isalpha())
    )
