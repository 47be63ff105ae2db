"""Looking a version up: by its exact string, else by what it equals; else saying what is near."""

from __future__ import annotations

from bisect import bisect_left
from itertools import takewhile
from typing import TYPE_CHECKING

from lifecycle.catalogue.line_placement import Lines, name_line
from lifecycle.catalogue.queries import UnknownRelease
from lifecycle.versions import UnparsableVersion, nearest, scheme
from lifecycle.versions.package_versions import equal_under, numbers_in, readings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.support.coverage import Coverage
    from lifecycle.support.facts import Release

SHOWN = 3
NEIGHBOURS = 100


def find_release(snapshot: Snapshot, version: str, kinds: Iterable[str] = ()) -> Release | None:
    """Find a release by its exact version, or the only one of an equal version.

    ``kinds`` are the types of the package URLs that spell the version so. A version that none of
    these and not the product's scheme can read, and no release has, is an ``UnparsableVersion``.
    """
    if version in snapshot.by_version:
        return snapshot.by_version[version]
    refusal: UnparsableVersion | None = None
    read = False
    for text, name in readings(version, kinds):
        try:
            equal = _equal(snapshot, text, name)
        except UnparsableVersion as error:
            refusal = refusal or error
            continue
        read = True
        if len(equal) > 1:
            raise UnknownRelease(f"{version!r} equals {' and '.join(equal)}; name one of them.")
        if equal:
            return snapshot.by_version[equal[0]]
    if refusal is not None and not read:
        raise refusal
    return None


def get_release(snapshot: Snapshot, version: str) -> Release:
    """Return the release that ``find_release`` finds, or raise ``UnknownRelease``.

    It names the nearest known versions.
    """
    release = find_release(snapshot, version)
    if release is None:
        near = nearest_versions(snapshot, version)
        hint = nearest_sentence(near)
        raise UnknownRelease(f"{snapshot.slug} has no release {version!r}.{hint}", nearest=near)
    return release


def equal_versions(snapshot: Snapshot, version: str) -> list[str]:
    """Return the known versions that the scheme considers equal to one; raise as it parses."""
    rules = scheme(snapshot.known.scheme)
    key = rules.parse(version).key
    if not rules.ordered:
        return []
    following = (version_text for _, version_text in snapshot.ordered[_place(snapshot, version) :])
    return list(takewhile(lambda version_text: rules.parse(version_text).key == key, following))


def line_of(
    snapshot: Snapshot, coverage: Coverage, version: str, kinds: Iterable[str] = ()
) -> str | None:
    """Name the known line that a version, itself not known, would belong to."""
    lines = Lines(snapshot.known.line_by, frozenset(line.name for line in snapshot.facts.lines))
    rules = scheme(snapshot.known.scheme)
    line = name_line(rules, lines, version, is_known=coverage.has_line, kinds=kinds)
    return line if line is not None and coverage.has_line(line) else None


def named_line(coverage: Coverage, text: str) -> str | None:
    """Return the known line that a text names, with or without a leading ``v``."""
    return next((name for name, _ in readings(text) if coverage.has_line(name)), None)


def nearest_versions(snapshot: Snapshot, version: str) -> list[str]:
    """Name up to three known versions: those it lies between, then those written much like it.

    Prereleases stand behind the others, unless one is asked about. Where versions have an order,
    only its neighbours are compared: a question that has no answer must not cost more than one that
    has.
    """
    versions = [version_text for _, version_text in snapshot.ordered]
    rules = scheme(snapshot.known.scheme)
    try:
        place = _place(snapshot, version) if rules.ordered else None
    except UnparsableVersion:
        place = None
    if place is None:
        return _stable_first(snapshot, nearest(version, versions))[:SHOWN]
    below = versions[max(place - NEIGHBOURS, 0) : place]
    above = versions[place : place + NEIGHBOURS]
    alike = nearest(version, [*below, *above])
    if rules.parse(version).prerelease:
        return list(dict.fromkeys([*below[-1:], *above[:1], *alike]))[:SHOWN]
    between = [*_stable_first(snapshot, reversed(below))[:1], *_stable_first(snapshot, above)[:1]]
    return _stable_first(snapshot, dict.fromkeys([*between, *alike]))[:SHOWN]


def _stable_first(snapshot: Snapshot, versions: Iterable[str]) -> list[str]:
    """Return versions in their order, but prereleases behind all others."""
    return sorted(versions, key=lambda version: snapshot.by_version[version].prerelease)


def nearest_sentence(near: Sequence[str]) -> str:
    """Name the nearest known versions in a sentence that follows another; nothing for none.

    >>> nearest_sentence(["1.2.0"])
    ' The nearest known version is 1.2.0.'
    """
    are = "version is" if len(near) == 1 else "versions are"
    return f" The nearest known {are} {', '.join(near)}." if near else ""


def without_nearest(detail: str, near: Sequence[str]) -> str:
    """Return a refusal without its sentence on the nearest versions, where they are shown apart.

    >>> without_nearest("web has no release '1.3'. The nearest known version is 1.2.", ["1.2"])
    "web has no release '1.3'."
    """
    return detail.removesuffix(nearest_sentence(near))


def _equal(snapshot: Snapshot, text: str, name: str | None) -> list[str]:
    """Return the known versions that equal a text under a scheme (None: the product's own)."""
    own = scheme(snapshot.known.scheme)
    if name is None:
        exact = [spelling for spelling in (text, f"v{text}") if spelling in snapshot.by_version]
        return exact[:1] or equal_versions(snapshot, text)
    rules = scheme(name)
    if rules.reader == own.reader:
        return []
    rules.parse(text)  # raises as it parses
    alike = snapshot.by_numbers.get(numbers_in(text), ())
    return [version for version in alike if equal_under(name, version, text)]


def _place(snapshot: Snapshot, version: str) -> int:
    """Find where a version stands, or would stand, among the known ones."""
    rules = scheme(snapshot.known.scheme)
    key = rules.parse(version).key
    return bisect_left(snapshot.ordered, key, key=lambda entry: rules.parse(entry[1]).key)
