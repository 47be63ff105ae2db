"""Which scheme fits a list of versions, which of them are odd, and what prefix they have (pure)."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from lifecycle.versions import Scheme, UnparsableVersion, scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STRICTEST_FIRST: Final = ("semver", "pep440")
MOST_ODD: Final = 4
"""Up to one in so many versions may be odd; with more of them the scheme is another one."""

_NUMBER: Final = re.compile(r"(?<![\d.])\d+\.\d")


class Fit(msgspec.Struct, frozen=True):
    """The scheme that reads the most of some versions, and those that it does not read."""

    scheme: str
    odd: list[str]
    total: int

    @property
    def good(self) -> bool:
        """Whether the odd ones are so few that they are mistakes."""
        return len(self.odd) * MOST_ODD <= self.total


def fit_scheme(versions: Sequence[str]) -> Fit:
    """Find SemVer or PEP 440, whichever reads more; the stricter one where both read as many.

    >>> fit_scheme(["1.0.0", "1.1.0-rc.1"])
    Fit(scheme='semver', odd=[], total=2)
    >>> fit_scheme(["1.0", "1.1", "1.1.1", "1.2", "nightly"])
    Fit(scheme='pep440', odd=['nightly'], total=5)
    """
    fits = [Fit(name, unread(scheme(name), versions), len(versions)) for name in STRICTEST_FIRST]
    return min(fits, key=lambda fit: len(fit.odd))


def common_prefixes(versions: Iterable[str]) -> list[tuple[str, int]]:
    """Count what stands before the version in tags of more than a version, most frequent first.

    >>> common_prefixes(["helm-loki-6.0.0", "helm-loki-6.1.0", "n8n@1.2.3", "v1.0.0", "1.0.0"])
    [('helm-loki-', 2), ('n8n@', 1), ('v', 1)]
    """
    return Counter(filter(None, map(_prefix, versions))).most_common()


def unread(version_scheme: Scheme, versions: Iterable[str]) -> list[str]:
    """Return the versions that a scheme does not read."""
    return [version for version in versions if not _reads(version_scheme, version)]


def _reads(version_scheme: Scheme, version: str) -> bool:
    try:
        version_scheme.parse(version)
    except UnparsableVersion:
        return False
    return True


def _prefix(tag: str) -> str:
    starts = (number.start() for number in _NUMBER.finditer(tag))
    schemes = [scheme(name) for name in STRICTEST_FIRST]
    return next(
        (tag[:at] for at in starts if any(_reads(scheme, tag[at:]) for scheme in schemes)), ""
    )
