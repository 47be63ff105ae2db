"""The schemes by name; each leaves the reading of versions to the library of its field."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from lifecycle.documents import UnfitText, check_text, storable_text
from lifecycle.errors import BadRequest, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST: Final = 200
_CACHED: Final = 1 << 16

Units: TypeAlias = tuple[str, str, str]


class UnparsableVersion(BadRequest):
    """The version is not valid in its product's scheme."""


class UnknownScheme(BadRequest):
    """No version scheme has this name."""


class Parsed(msgspec.Struct, frozen=True):
    """What a scheme knows of a version.

    Keys of one scheme are totally ordered (those of ``declared`` are only equal or not);
    ``units`` names the major, minor and patch lines, where the version has them.
    """

    key: Any
    prerelease: bool = False
    units: Units | None = None


class Scheme:
    """A way to read and order versions.

    ``units_possible`` says whether lines can follow from the version, ``ordered`` whether the
    order does, ``any_text`` whether each text is a version.
    """

    def __init__(
        self,
        name: str,
        reader: str,
        example: str,
        *,
        units: bool,
        ordered: bool,
        any_text: bool = False,
    ) -> None:
        """Name the ``reader`` as module and function, imported when first needed."""
        self.name = name
        self.example = example
        self.units_possible = units
        self.ordered = ordered
        self.any_text = any_text
        self.reader = reader
        self._read: Callable[[str], Parsed] | None = None
        self._cached = lru_cache(maxsize=_CACHED)(self._parse)

    def __repr__(self) -> str:
        return f"scheme({self.name!r})"

    def parse(self, version: str) -> Parsed:
        """Read a version exactly as given; one the scheme does not know is refused.

        >>> scheme("pep440").parse("1!3.35.2rc1").units
        ('1!3', '1!3.35', '1!3.35.2')
        """
        return self._cached(version)

    def _parse(self, version: str) -> Parsed:
        self._check(version)
        if self._read is None:
            module, _, function = self.reader.partition(":")
            self._read = getattr(import_module(f"lifecycle.versions.{module}"), function)
        try:
            return self._read(version)
        except Exception:  # noqa: BLE001 - univers raises whatever its readers stumble over
            raise self._refusal(version) from None

    def _check(self, version: str) -> None:
        try:
            check_text(version, field="version", longest=LONGEST)
        except UnfitText as unfit:
            raise UnparsableVersion(unfit.detail, problems=unfit.problems) from None
        if version != version.strip() or not version:
            raise self._refusal(version, "is empty" if not version else "has spaces around it")
        # The libraries' patterns take digits of any script, and univers drops spaces.
        if not self.any_text and (not version.isascii() or " " in version):
            hidden = storable_text.INVISIBLE.search(version)
            if hidden is None:
                raise self._refusal(version)
            fault = (
                f"holds {storable_text.name(hidden[0])} at position {hidden.start() + 1}; remove it"
            )
            problem = Problem("version", fault, value=storable_text.shown(version))
            raise UnparsableVersion(f"The version {version!r} {fault}.", problems=[problem])

    def _refusal(self, version: str, fault: str | None = None) -> UnparsableVersion:
        fault = fault or f"is not a valid {self.name} version"
        message = f"{fault}; use one like {self.example}"
        return UnparsableVersion(
            f"The version {version!r} {message}.",
            problems=[Problem("version", message, value=version, allowed=self.example)],
        )


def _univers(name: str, example: str, *, units: bool) -> Scheme:
    return Scheme(name, f"foreign:{name}", example, units=units, ordered=True)


def _semantic(name: str, example: str, reader: str = "semantic") -> Scheme:
    return Scheme(name, f"native:{reader}", example, units=True, ordered=True)


def _text(name: str, example: str, *, ordered: bool) -> Scheme:
    return Scheme(name, f"native:{name}", example, units=False, ordered=ordered, any_text=True)


# Left out of univers: what it only coerces to SemVer (apache, generic, github, mattermost,
# mozilla), and what it does not order totally (conan, intdot).
_SCHEMES: Final[dict[str, Scheme]] = {
    each.name: each
    for each in (
        Scheme("pep440", "native:pep440", "3.35.2 or 4.0rc1", units=True, ordered=True),
        _semantic("semver", "3.35.2 or 4.0.0-rc.1"),
        _text("declared", "bookworm or 2024 LTSC", ordered=False),
        _univers("alpm", "1:3.35.2-1", units=False),
        _univers("apk", "3.35.2-r1", units=False),
        _semantic("cargo", "3.35.2"),
        _semantic("composer", "3.35.2 or v3.35.2", "prefixed"),
        _univers("datetime", "2026-01-31T10:00:00Z", units=False),
        _univers("deb", "1:3.35.2-1", units=False),
        _univers("ebuild", "3.35.2-r1", units=False),
        _univers("gem", "3.35.2", units=True),
        _semantic("golang", "v3.35.2", "prefixed"),
        _semantic("hex", "3.35.2"),
        _text("lexicographic", "2026a or 2026b", ordered=True),
        Scheme("maven", "maven:maven", "3.35.2 or 4.0-rc-1", units=True, ordered=True),
        _semantic("nginx", "1.28.0"),
        _semantic("npm", "3.35.2"),
        _univers("nuget", "3.35.2 or 3.35.2.1", units=True),
        _univers("openssl", "1.1.1w or 3.5.0", units=True),
        _univers("rpm", "1:3.35.2-1", units=False),
    )
}
SCHEME_NAMES: Final = tuple(_SCHEMES)


def scheme(name: str) -> Scheme:
    """Return the scheme of a name.

    >>> scheme("semver").parse("3.35.2").units
    ('3', '3.35', '3.35.2')
    """
    try:
        return _SCHEMES[name]
    except KeyError:
        allowed = ", ".join(SCHEME_NAMES)
        raise UnknownScheme(
            f"No version scheme is called {name!r}; use one of {allowed}.",
            problems=[Problem("scheme", "is not known", value=name, allowed=allowed)],
        ) from None
