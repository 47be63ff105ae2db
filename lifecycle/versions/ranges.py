"""Version ranges as VERS writes them: ``vers:semver/>=1.0.0|<2.0.0``.

The product's own scheme reads the versions, so that a range and the catalogue never disagree about
their order. Sorted by that order once, constraints take turns, and a version is found between them
in a few steps however many they are.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from contextlib import suppress
from itertools import pairwise
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn
from urllib.parse import unquote

from lifecycle.errors import BadRequest, Problem
from lifecycle.versions.native_ranges import write_vers
from lifecycle.versions.schemes import UnparsableVersion, scheme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

EVERY: Final = "*"
MOST_CONSTRAINTS: Final = 1_000
"""How many constraints one range may have; vendors' advisories have a few dozen at most."""
_SEMANTIC: Final = frozenset(
    {"cargo", "composer", "generic", "golang", "hex", "nginx", "npm", "semver"}
)
_NAMES: Final[dict[str, frozenset[str]]] = {
    "pep440": frozenset({"pep440", "pypi"}),
    "declared": frozenset({"declared", "generic"}),
    **dict.fromkeys(_SEMANTIC - {"generic"}, _SEMANTIC),
}
"""The names a range may bear for a product's scheme, where they are more than the scheme's own."""

_BELOW: Final = frozenset({"<", "<="})
_ABOVE: Final = frozenset({">", ">="})
_NAMED_IN: Final = frozenset({"=", "<=", ">="})
_SHOWN: Final = 100
_URI: Final = "vers:"
_FORM: Final = "vers:SCHEME/CONSTRAINT|CONSTRAINT…"
_ESCAPED: Final = re.compile("%(..?)?")
_HEX: Final = re.compile("[0-9A-F]{2}")
_PLAIN: Final = re.compile("[A-Za-z0-9._~:-]")


class UnreadableRange(BadRequest):
    """The range of versions is not valid."""


class Constraint(NamedTuple):
    """One part of a range: what a version must be, compared with this one."""

    comparator: str
    version: str


class _Placed(NamedTuple):
    """A constraint by the place its version has in the product's order."""

    comparator: str
    place: Any


class Range:
    """Versions between bounds, beside single ones in or out; or every version."""

    def __init__(
        self, text: str, place: Callable[[str], Any], constraints: list[_Placed] | None
    ) -> None:
        """Take how a version is placed, and the sorted constraints (None: every version).

        Of these, bounds must take turns, and no two may have the same place.
        """
        self.text = text
        self._place = place
        self._every = constraints is None
        self._named = constraints or []
        self._names = [constraint.place for constraint in self._named]
        self._bounds = [
            constraint for constraint in self._named if constraint.comparator in _BELOW | _ABOVE
        ]
        self._ends = [bound.place for bound in self._bounds]
        self._only_excludes = all(constraint.comparator == "!=" for constraint in self._named)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Range({self.text!r})"

    def contains(self, version: str) -> bool:
        """Return whether a version lies in the range; one without a place in the order does not."""
        if self._every:
            return True
        try:
            return self._holds(self._place(version))
        except (UnparsableVersion, KeyError):
            return False

    def _holds(self, place: Any) -> bool:
        """Return whether a place is listed as inside, or the next bound above is an upper one."""
        named = bisect_left(self._names, place)
        if named < len(self._names) and self._names[named] == place:
            return self._named[named].comparator in _NAMED_IN
        if self._only_excludes:
            return True
        above = bisect_right(self._ends, place)
        if above < len(self._bounds):
            return self._bounds[above].comparator in _BELOW
        return bool(self._bounds) and self._bounds[-1].comparator in _ABOVE

    def among(self, versions: Iterable[str]) -> list[str]:
        """Return those of some versions that lie in the range, in the order they come in.

        Between two versions that the range names lie all or none, so one of them is asked about.
        """
        listed = list(versions)
        if self._every:
            return listed
        placed = sorted(self._placed(listed), key=itemgetter(0))
        places = [place for place, _ in placed]
        ends = [0, len(places)]
        for named in self._names:
            ends += [bisect_left(places, named), bisect_right(places, named)]
        inside: set[int] = set()
        for start, end in pairwise(sorted(ends)):
            if start < end and self._holds(places[start]):
                inside.update(number for _, number in placed[start:end])
        return [version for number, version in enumerate(listed) if number in inside]

    def _placed(self, versions: Iterable[str]) -> Iterator[tuple[Any, int]]:
        for number, version in enumerate(versions):
            with suppress(UnparsableVersion, KeyError):
                yield self._place(version), number


def parse_range(text: str, scheme_name: str, *, order: Sequence[str] = ()) -> Range:
    """Read a range of the versions of a product's scheme; ``vers:all/*`` fits every one.

    Under ``declared``, versions have the places they have in ``order``, and the range may name no
    others. Redundant constraints are dropped; what another tool might read otherwise is refused,
    and so is a package manager's notation, with the range that it means.

    >>> found = parse_range("vers:semver/>=1.0.0|<2.0.0", "semver")
    >>> found.contains("1.9.3"), found.contains("2.0.0"), found.contains("latest")
    (True, False, False)
    """
    if not text.startswith(_URI):
        _refuse(text, "is not a VERS range", allowed=_suggested(text, scheme_name) or _FORM)
    name, constraints = read_constraints(text)
    if (name, constraints) == ("all", [Constraint(EVERY, "")]):
        return Range(text, str, None)
    allowed = _NAMES.get(scheme_name, frozenset({scheme_name}))
    if name not in allowed:
        names = ", ".join(f"vers:{scheme_name}/" for scheme_name in sorted(allowed))
        message = f"is of the scheme {name!r}, but the product's versions are {scheme_name}"
        _refuse(text, message, allowed=names)
    if constraints == [Constraint(EVERY, "")]:
        return Range(text, str, None)
    place = _placing(scheme_name, order)
    return Range(text, place, _checked(constraints, place, text=text))


def read_constraints(text: str) -> tuple[str, list[Constraint]]:
    """Take a range apart into its scheme's name and its constraints, as they are written.

    >>> name, (bound, single) = read_constraints("vers:deb/>=1~2|3%7C0")
    >>> name, tuple(bound), tuple(single)
    ('deb', ('>=', '1~2'), ('=', '3|0'))
    """
    uri, colon, constraints = text.partition(":")
    name, slash, spelled = constraints.partition("/")
    if (uri, colon, slash) != ("vers", ":", "/") or not re.fullmatch("[a-z0-9.-]+", name):
        _refuse(text, "is not a VERS range", allowed=_FORM)
    if not spelled or not all("!" <= part <= "~" for part in spelled):
        fault = (
            "contains characters that are not printable ASCII" if spelled else "has no constraint"
        )
        _refuse(text, fault)
    if spelled == EVERY:
        return name, [Constraint(EVERY, "")]
    if (count := spelled.count("|") + 1) > MOST_CONSTRAINTS:
        fault = f"has {count:,} constraints; at most {MOST_CONSTRAINTS:,} are read"
        _refuse(text, fault)
    return name, [_constraint(part, text) for part in spelled.split("|")]


def _suggested(native: str, scheme_name: str) -> str | None:
    """Return what a range in a package manager's notation means, if it can be read again."""
    text = write_vers(native, scheme_name)
    if text is None:
        return None
    try:
        return parse_range(text, scheme_name).text
    except UnreadableRange:
        return None


def _constraint(spelled: str, text: str) -> Constraint:
    from univers.version_constraint import (  # noqa: PLC0415 -- slow to load; answers need none
        VersionConstraint,
    )

    if not spelled:
        _refuse(text, "has a '|' with nothing beside it")
    try:
        comparator, version = VersionConstraint.split(spelled)  # type: ignore[no-untyped-call]
    except ValueError:
        _refuse(text, f"has {spelled[:60]!r}, which does not begin with a comparator")
    if comparator == EVERY or not version:
        fault = "has '*' beside other constraints" if comparator == EVERY else "lacks a version"
        _refuse(text, fault)
    for escaped in _ESCAPED.finditer(version):
        digits = escaped.group(1) or ""
        if not _HEX.fullmatch(digits):
            _refuse(text, f"has {escaped.group()!r}, which encodes nothing; write %25 for %")
        if _PLAIN.fullmatch(plain := chr(int(digits, 16))):
            _refuse(text, f"has {plain!r} percent-encoded; write it as it is")
    return Constraint(comparator, unquote(version))


def _placing(scheme_name: str, order: Sequence[str]) -> Callable[[str], Any]:
    rules = scheme(scheme_name)
    if rules.ordered:
        return lambda version: rules.parse(version).key
    return {version: place for place, version in enumerate(order)}.__getitem__


def _checked(
    constraints: list[Constraint], place: Callable[[str], Any], *, text: str
) -> list[_Placed]:
    placed = []
    for comparator, version in constraints:
        try:
            placed.append(_Placed(comparator, place(version)))
        except UnparsableVersion as error:
            _refuse(text, f"holds {version[:60]!r}: {error.problems[0].message}")
        except KeyError:
            _refuse(text, f"holds {version[:60]!r}, which is not a release of the product")
    placed.sort(key=attrgetter("place"))
    distinct = placed[:1]
    for lower, upper in pairwise(placed):
        if lower.place != upper.place:
            distinct.append(upper)
        elif lower.comparator != upper.comparator:
            _refuse(text, "compares with one version twice")
    return _simplified(distinct)


def _simplified(constraints: list[_Placed]) -> list[_Placed]:
    """Drop the bounds and single versions that others include, as VERS prescribes.

    What is left is sorted still, and its bounds take turns.
    """
    simple: list[_Placed] = []
    for constraint in constraints:
        if constraint.comparator == "!=":
            continue
        while (
            simple and constraint.comparator in _BELOW and simple[-1].comparator in {"=", *_BELOW}
        ):
            simple.pop()
        if not (simple and simple[-1].comparator in _ABOVE and constraint.comparator not in _BELOW):
            simple.append(constraint)
    excluded = [constraint for constraint in constraints if constraint.comparator == "!="]
    return sorted(excluded + simple, key=attrgetter("place"))


def _refuse(text: str, message: str, *, allowed: str | None = None) -> NoReturn:
    problem = Problem("range", message, value=text[:200], allowed=allowed)
    way_out = f"; use {allowed}" if allowed else ""
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    raise UnreadableRange(f"range {shown!r} {message}{way_out}.", problems=[problem])
