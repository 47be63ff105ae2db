"""Versions as package types spell them, so that those of a product can be found by them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from lifecycle.versions.schemes import UnparsableVersion, scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SCHEMES: Final[dict[str, str]] = {
    **{
        scheme_name: scheme_name
        for scheme_name in (
            *("alpm", "apk", "cargo", "composer", "deb", "gem", "golang", "hex", "maven", "npm"),
            *("nuget", "rpm"),
        )
    },
    "pub": "semver",
    "pypi": "pep440",
    "swift": "golang",
}
"""The schemes that package types order their versions by; Swift's are tags, with or without v."""

_LEADING: Final = re.compile(r"[vV](?=\d)")
_GO: Final = re.compile(r"go(?=\d)")

_NUMBER: Final = re.compile("[0-9]+")

_EPOCH: Final = r"(?:\d+:)?"
_PACKAGED: Final[dict[str, re.Pattern[str]]] = {
    **dict.fromkeys(("alpm", "deb", "rpm"), re.compile(_EPOCH + "(?P<upstream>.+?)(?:-[^-]+)?")),
    **dict.fromkeys(("apk", "ebuild"), re.compile(r"(?P<upstream>.+?)(?:-r\d+)?")),
    **dict.fromkeys(("bitnami", "luarocks"), re.compile(r"(?P<upstream>.+?)(?:-\d+)?")),
    "vcpkg": re.compile(r"(?P<upstream>.+?)(?:#\d+)?"),
}
"""What packagers put around the version of what they package."""

_TAGGED: Final = frozenset({"bitbucket", "git", "github", "gitlab"})
_TAG: Final = re.compile(r"(?:refs/tags/)?(?:[^\d/@]*[-/@_])?(?P<version>[vV]?\d.*)")


class Reading(NamedTuple):
    """A text that a version may be found by, under a scheme; None is the product's own."""

    text: str
    scheme: str | None


def readings(version: str, kinds: Iterable[str] = ()) -> list[Reading]:
    """Return what a version may be found by, the likeliest first.

    ``kinds`` are the types of the package URLs that it comes from. A leading ``v`` is no part of a
    version.

    >>> [text for text, _ in readings("1:3.7.0-2", ["deb"])]
    ['1:3.7.0-2', '1:3.7.0-2', '3.7.0', '3.7.0']
    """
    kinds = tuple(kinds)
    read_as: list[Reading] = []
    for text in dict.fromkeys(
        [version, *(text for kind in kinds for text in _within(version, kind))]
    ):
        read_as += [
            Reading(fromkey, None) for fromkey in dict.fromkeys((text, _LEADING.sub("", text, 1)))
        ]
        read_as += [Reading(text, name) for kind in kinds if (name := _SCHEMES.get(kind))]
    return list(dict.fromkeys(read_as))


def same_version(kind: str, first: str, second: str) -> bool:
    """Return whether a package type holds two versions to be the same.

    >>> same_version("golang", "v2.0.0+incompatible", "v2.0.0"), same_version("deb", "1-1", "1-2")
    (True, False)
    """
    name = _SCHEMES.get(kind)
    return first == second or (name is not None and equal_under(name, first, second))


def numbers_in(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, without zeros and build metadata.

    Versions that are equal under any scheme share them, and few others do: who looks for equal ones
    need not parse all.

    >>> numbers_in("v1.0.20+build5")
    (1, 20)
    """
    numbers = map(int, _NUMBER.findall(version.partition("+")[0]))
    return tuple(number for number in numbers if number)


def equal_under(name: str, first: str, second: str) -> bool:
    """Return whether a scheme reads two versions, and as the same one."""
    rules = scheme(name)
    try:
        return bool(rules.parse(first).key == rules.parse(second).key)
    except UnparsableVersion:
        return False


def _within(version: str, kind: str) -> Iterator[str]:
    """Yield the version that a package's own version is put around."""
    if kind == "golang":
        yield _GO.sub("", version, 1)
    if kind in _TAGGED and (tag := _TAG.fullmatch(version)):
        yield tag["version"]
    if (pattern := _PACKAGED.get(kind)) and (match := pattern.fullmatch(version)):
        yield match["upstream"]
