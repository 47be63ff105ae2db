"""What follows from a version: its units, whether it is a prerelease, and its line (pure)."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from lifecycle.policy.stages import PRE_GA
from lifecycle.versions import UnparsableVersion, scheme
from lifecycle.versions.package_versions import readings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from lifecycle.versions import Scheme
    from lifecycle.versions.package_versions import Reading

UNITS = ("major", "minor", "patch")
_NUMBERS = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*")


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
    rules: Scheme, lines: Lines, version: str, *, stage: str | None, stated: str | None
) -> Derived:
    """Work out what follows from a version; raises ``UnparsableVersion``."""
    parsed = rules.parse(version)
    major, minor, patch = parsed.units or (None, None, None)
    early = parsed.prerelease or stage in PRE_GA
    if lines.by == "declared":
        line = stated or longest_prefix(version, lines.names)
    else:
        line = parsed.units[UNITS.index(lines.by)] if parsed.units else None
    return Derived(line, major, minor, patch, early)


def name_line(
    rules: Scheme,
    lines: Lines,
    version: str,
    *,
    is_known: Callable[[str], bool],
    kinds: Iterable[str] = (),
) -> str | None:
    """Name the line that a version belongs to, if anything can read it; a known one goes first.

    ``kinds`` are the types of the package URLs that spell it so. What neither they nor the
    product's scheme can read belongs to the known line that its text begins with.
    """
    read_as = readings(version, kinds)
    derived = [line for reading in read_as if (line := _line_of(rules, lines, reading))]
    if derived:
        return next(filter(is_known, derived), derived[0])
    # What is innermost comes last. A colon ends an epoch, which is no part of a line's name.
    texts = (text for text, _ in reversed(read_as) if ":" not in text)
    return next(filter(is_known, chain.from_iterable(map(beginnings, texts))), None)


def could_hold(rules: Scheme, unit: str, name: str) -> bool:
    """Return whether a version could be in a line of this name, whether or not there is one yet.

    >>> could_hold(scheme("semver"), "minor", "3.35"), could_hold(scheme("semver"), "minor", "3")
    (True, False)
    >>> could_hold(scheme("pep440"), "major", "1!3"), could_hold(scheme("semver"), "major", "1!3")
    (True, False)
    """
    place = UNITS.index(unit)
    if _NUMBERS.fullmatch(name):
        return name.count(".") == place
    try:
        units = rules.parse(name).units
    except UnparsableVersion:
        return False
    return units is not None and units[place] == name


def example_line(rules: Scheme, unit: str) -> str:
    """Name a line that versions of a scheme form.

    >>> example_line(scheme("openssl"), "minor")
    '1.1'
    """
    first, _, _ = rules.example.partition(" or ")
    return (rules.parse(first).units or ("",) * 3)[UNITS.index(unit)]


def longest_prefix(version: str, names: Collection[str]) -> str | None:
    """Pick the longest declared line that a version begins with, up to the end of a segment.

    >>> longest_prefix("1.1.1w", {"1.1", "1.1.1"}), longest_prefix("3.350", {"3.35"})
    ('1.1.1', None)
    >>> longest_prefix("22.04.3 LTS", {"22.04", "2"}), longest_prefix("bookworms", {"bookworm"})
    ('22.04', None)
    """
    # Cutting the version is quicker than trying every name: a product has up to hundreds of lines.
    return next((beginning for beginning in beginnings(version) if beginning in names), None)


def beginnings(version: str) -> Iterator[str]:
    """Yield what a version begins with, up to the end of a segment, the longest first."""
    for end in range(len(version), 0, -1):
        if _segment_ends(version, end):
            yield version[:end]


def _line_of(own: Scheme, lines: Lines, reading: Reading) -> str | None:
    rules = scheme(reading.scheme) if reading.scheme else own
    try:
        return derive(rules, lines, reading.text, stage=None, stated=None).line
    except UnparsableVersion:
        return None


def _segment_ends(version: str, end: int) -> bool:
    if end == len(version):
        return True
    last, following = version[end - 1], version[end]
    return not (
        (last.isdigit() and following.isdigit()) or (last.isalpha() and following.isalpha())
    )
