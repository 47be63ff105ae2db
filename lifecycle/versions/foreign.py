"""Readers of versions that rest on ``univers``, one a scheme, each called as its scheme."""

from __future__ import annotations

from functools import total_ordering
from itertools import chain, repeat, takewhile
from typing import TYPE_CHECKING, Any

from univers import versions as univers

from lifecycle.versions.native import semantic, units
from lifecycle.versions.schemes import Parsed, Units

if TYPE_CHECKING:
    from collections.abc import Iterable


@total_ordering
class Key:
    """A univers version by its order alone: some of its equalities and hashes disagree with it."""

    __slots__ = ("version",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, version: Any) -> None:
        self.version = version

    def __lt__(self, key: Key) -> bool:
        return bool(self.version < key.version)

    def __eq__(self, key: object) -> bool:
        return isinstance(key, Key) and not (self < key or key < self)


def alpm(version: str) -> Parsed:
    """Read an Arch Linux version."""
    return Parsed(Key(univers.ArchLinuxVersion(version)))


def apk(version: str) -> Parsed:
    """Read an Alpine version."""
    return _gentoo(univers.AlpineLinuxVersion, version)


def datetime(version: str) -> Parsed:
    """Read an RFC 3339 instant."""
    return Parsed(Key(univers.DatetimeVersion(version)))


def deb(version: str) -> Parsed:
    """Read a Debian version; its ``~`` also marks backports, so it makes no prerelease."""
    return Parsed(Key(univers.DebianVersion(version)))


def ebuild(version: str) -> Parsed:
    """Read a Gentoo version."""
    return _gentoo(univers.GentooVersion, version)


def gem(version: str) -> Parsed:
    """Read a RubyGems version."""
    read = univers.RubygemsVersion(version)
    names = _numeric(read.value.release().segments)
    return Parsed(Key(read), read.value.prerelease(), names)


def nuget(version: str) -> Parsed:
    """Read a NuGet version, whose fourth number orders within the patch."""
    read = univers.NugetVersion(version)
    value = read.value
    return Parsed(Key(read), bool(value.prerelease), units(value.major, value.minor, value.patch))


def openssl(version: str) -> Parsed:
    """Read an OpenSSL version, of before 3.0 (``1.1.1w``) or since.

    Before 3.0, univers orders ``-pre1`` after the release, so that is refused.
    """
    read = univers.OpensslVersion(version)
    old = read.value
    if not isinstance(old, univers.LegacyOpensslVersion):
        since = semantic(version)
        return Parsed(Key(read), since.prerelease, since.units)
    early: bool = old.is_prerelease()  # type: ignore[no-untyped-call]
    if "-" in old.patch and not early:
        raise ValueError(version)
    return Parsed(Key(read), early, units(old.major, old.minor, old.build))


def rpm(version: str) -> Parsed:
    """Read an RPM version."""
    return Parsed(Key(univers.RpmVersion(version)))


def _gentoo(kind: Any, version: str) -> Parsed:
    read, release = kind(version), kind(version.partition("_")[0])
    return Parsed(Key(read), bool(read < release))


def _numeric(parts: Iterable[Any]) -> Units | None:
    numbers = list(takewhile(lambda part: isinstance(part, int), parts))
    if not numbers:
        return None
    major, minor, patch, *_ = chain(numbers, repeat(0, 2))
    return units(major, minor, patch)
