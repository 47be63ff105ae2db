"""Ranges of the versions of each line, as VERS writes them, for those who know no lines.

A range goes from where a line begins to where the next one does: by the versions themselves, where
lines are units of versions, but never over a version that is of another line. Elsewhere, it begins
with the line's lowest version and ends before the next version above.
So versions that come out later, or that nobody registered, lie in no other line's range, and a
range once given out stays right.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from lifecycle.versions.ranges import MOST_CONSTRAINTS
from lifecycle.versions.schemes import UnparsableVersion, scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_NAMES: Final = {"pep440": "pypi", "declared": "generic"}
_GRAINS: Final = ("major", "minor", "patch")


class InLine(NamedTuple):
    """A version and the line that it belongs to, if any."""

    version: str
    line: str | None


def vers_name(scheme_name: str) -> str:
    """Return the name that VERS has for the order of a scheme's versions.

    >>> vers_name("pep440"), vers_name("semver")
    ('pypi', 'semver')
    """
    return _NAMES.get(scheme_name, scheme_name)


def every_version(scheme_name: str) -> str:
    """Return the range of all versions.

    >>> every_version("semver")
    'vers:semver/*'
    """
    return f"vers:{vers_name(scheme_name)}/*"


def versions_before(version: str, scheme_name: str) -> str:
    """Return the range of the versions below one.

    >>> versions_before("3.35.0", "pep440")
    'vers:pypi/<3.35.0'
    """
    return f"vers:{vers_name(scheme_name)}/<{_escaped(version)}"


def these_versions(scheme_name: str, versions: Iterable[str]) -> tuple[str, ...]:
    """Return ranges that name versions one by one.

    >>> these_versions("declared", ["22.04", "2024 LTSC"])
    ('vers:generic/22.04|2024%20LTSC',)
    """
    return _written(scheme_name, map(_escaped, versions))


def line_ranges(
    scheme_name: str, ordered: Sequence[InLine], *, line_by: str = ""
) -> dict[str, tuple[str, ...]]:
    """Return the ranges of each line, given all stable versions, lowest first.

    ``line_by`` says where lines begin. Of declared lines, those that are called by the unit of
    their versions ("24" of 24.19.0) begin and end with it. Under the scheme ``declared``, whose
    order nobody else knows, a line's versions are named.

    >>> versions = [InLine("3.0.0", "3.0"), InLine("3.0.1", "3.0"), InLine("3.1.0", "3.1")]
    >>> line_ranges("semver", versions, line_by="minor")
    {'3.0': ('vers:semver/>=3.0.0|<3.1.0',), '3.1': ('vers:semver/>=3.1.0|<3.2.0',)}
    >>> versions = [InLine("24.19.0", "24"), InLine("25.9.0", "25"), InLine("27.1.0", "next")]
    >>> line_ranges("semver", versions, line_by="declared")["24"]
    ('vers:semver/>=24.0.0|<25.0.0',)
    >>> line_ranges("pep440", [InLine("15", "15"), InLine("16", "16")], line_by="declared")["15"]
    ('vers:pypi/>=15|<16',)
    """
    if not scheme(scheme_name).ordered:
        named: defaultdict[str, list[str]] = defaultdict(list)
        for version, line in ordered:
            if line is not None:
                named[line].append(version)
        return {line: these_versions(scheme_name, versions) for line, versions in named.items()}
    places = _places(scheme_name, ordered)
    inside: defaultdict[str, list[int]] = defaultdict(list)
    for number, equal in enumerate(places):
        for line in {member.line for member in equal if member.line is not None}:
            inside[line].append(number)
    bounds: defaultdict[str, list[str]] = defaultdict(list)
    for line, numbers in inside.items():
        for first, last in _runs(numbers):
            lowest, highest = places[first][0].version, places[last][0].version
            grain = _grain(scheme_name, line, lowest, line_by)
            below = places[first - 1][0].version if first else None
            begin = _beginning(scheme_name, lowest, grain, below) or lowest
            bounds[line].append(f">={_escaped(begin)}")
            above = _next_line(scheme_name, highest, _grain(scheme_name, line, highest, line_by))
            registered = places[last + 1][0].version if last + 1 < len(places) else None
            if above is None or (
                registered is not None and not _is_below(scheme_name, above, registered)
            ):
                above = registered
            if above is not None:
                bounds[line].append(f"<{_escaped(above)}")
    return {line: _written(scheme_name, parts) for line, parts in bounds.items()}


def _places(scheme_name: str, ordered: Sequence[InLine]) -> list[list[InLine]]:
    """Bring equal versions together: no range can part them, even if their lines differ."""
    rules = scheme(scheme_name)
    return [
        list(equal)
        for _, equal in groupby(ordered, key=lambda member: rules.parse(member.version).key)
    ]


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of numbers that follow each other.

    >>> list(_runs([1, 2, 3, 7]))
    [(1, 3), (7, 7)]
    """
    first = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1:
            yield first, last
            first = number
        last = number
    yield first, last


def _grain(scheme_name: str, line: str, version: str, line_by: str) -> int | None:
    """Return which unit of its versions a line is, if it is one."""
    if line_by in _GRAINS:
        return _GRAINS.index(line_by)
    units = scheme(scheme_name).parse(version).units or ()
    return units.index(line) if line in units else None


def _is_below(scheme_name: str, lower: str, higher: str) -> bool:
    rules = scheme(scheme_name)
    return bool(rules.parse(lower).key < rules.parse(higher).key)


def _beginning(
    scheme_name: str, lowest: str, grain: int | None, registered: str | None
) -> str | None:
    """Return the version that a line begins with, if it lies between two that are ``registered``.

    Those are the line's lowest one and the one below that, which is of another line.
    """
    units = scheme(scheme_name).parse(lowest).units
    if units is None or grain is None:
        return None
    first = _first_of(scheme_name, units[grain], grain)
    if first is None or not _is_below(scheme_name, first, lowest):
        return None
    is_free = registered is None or _is_below(scheme_name, registered, first)
    return first if is_free else None


def _next_line(scheme_name: str, highest: str, grain: int | None) -> str | None:
    """Return the version that the next line begins with, if the scheme has one like that."""
    units = scheme(scheme_name).parse(highest).units
    if units is None or grain is None:
        return None
    head, dot, last = units[grain].rpartition(".")
    if not last.isdecimal():
        return None
    first = _first_of(scheme_name, f"{head}{dot}{int(last) + 1}", grain)
    return first if first is not None and _is_below(scheme_name, highest, first) else None


def _first_of(scheme_name: str, unit: str, grain: int) -> str | None:
    """Return the lowest version of a unit that the scheme can read."""
    rules = scheme(scheme_name)
    for version in (unit + ".0" * missing for missing in (2 - grain, 1 - grain, 0)):
        try:
            candidate = rules.parse(version)
        except UnparsableVersion:
            continue
        if candidate.units and candidate.units[grain] == unit:
            return version
    return None


def _escaped(version: str) -> str:
    return quote(version, safe=":")


def _written(scheme_name: str, parts: Iterable[str]) -> tuple[str, ...]:
    """Write constraints; an even number at once, so that no bounds are torn apart."""
    name, listed = vers_name(scheme_name), list(parts)
    starts = range(0, len(listed), MOST_CONSTRAINTS)
    return tuple(
        f"vers:{name}/{'|'.join(listed[start : start + MOST_CONSTRAINTS])}" for start in starts
    )
