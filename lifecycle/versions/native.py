"""Readers of versions that rest on ``packaging`` and ``semver``, and the one that reads nothing."""

from __future__ import annotations

import semver
from packaging.version import Version

from lifecycle.versions.schemes import Parsed, Units

_STABLE = ((2, 0, ""),)


def pep440(version: str) -> Parsed:
    """Read a version as ``packaging`` does; the epoch stays in the names of its lines."""
    read = Version(version)
    epoch = f"{read.epoch}!" if read.epoch else ""
    return Parsed(read, read.is_prerelease, units(read.major, read.minor, read.micro, epoch=epoch))


def semantic(version: str) -> Parsed:
    """Read a strict SemVer 2.0 version; build metadata does not order.

    >>> semantic("1.0.0-rc.2").key < semantic("1.0.0-rc.10").key < semantic("1.0.0+b7").key
    True
    """
    read = semver.Version.parse(version)
    prerelease = _STABLE
    if read.prerelease:
        prerelease = tuple(_identifier(part) for part in read.prerelease.split("."))  # type: ignore[assignment]
    key = (read.major, read.minor, read.patch, prerelease)
    return Parsed(key, bool(read.prerelease), units(read.major, read.minor, read.patch))


def prefixed(version: str) -> Parsed:
    """Read a strict SemVer 2.0 version with or without the ``v`` that Go and Composer know."""
    return semantic(version.removeprefix("v"))


def declared(version: str) -> Parsed:
    """Take any text: it equals only itself."""
    return Parsed(version)


def lexicographic(version: str) -> Parsed:
    """Take any text: it comes where its characters do, by their code points.

    >>> lexicographic("2025b").key < lexicographic("2026a").key
    True
    """
    return Parsed(version.encode())


def units(major: int, minor: int, patch: int, *, epoch: str = "") -> Units:
    """Name the major, minor and patch line."""
    return f"{epoch}{major}", f"{epoch}{major}.{minor}", f"{epoch}{major}.{minor}.{patch}"


def _identifier(part: str) -> tuple[int, int, str]:
    return (0, int(part), "") if part.isdigit() else (1, 0, part)
