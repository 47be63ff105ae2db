"""Identifiers: which product a package URL means (pure).

A product's identifier names a package: ``pkg:npm/%40acme/server`` means every version of it. An
identifier with a version or with qualifiers means only what has the same.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from packageurl import PackageURL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_Package: TypeAlias = tuple[str, str | None, str]
_DIGEST = ("sha256:", "sha384:", "sha512:")


def read_purl(text: str) -> PackageURL | None:
    """Read a package URL, normalised as its type wants; None where it is none.

    >>> read_purl("pkg:PyPI/Django_Filter@2.0").to_string()
    'pkg:pypi/django-filter@2.0'
    >>> read_purl("django") is None
    True
    """
    try:
        return PackageURL.from_string(text)
    except ValueError:
        return None


def means(identifier: PackageURL, purl: PackageURL) -> bool:
    """Say whether what has a package URL is what an identifier means.

    >>> web = read_purl("pkg:npm/web")
    >>> means(web, read_purl("pkg:npm/web@1.2.3?arch=x64"))
    True
    >>> means(web, read_purl("pkg:npm/%40acme/web@1.2.3"))
    False
    """
    return (
        _package(identifier) == _package(purl)
        and identifier.version in (None, purl.version)
        and _qualifiers(identifier).items() <= _qualifiers(purl).items()
    )


def version_of(purl: PackageURL, said: str | None = None) -> str | None:
    """Give the version that a package URL has; an image's digest is none, its tag is.

    ``said`` is what stands beside the package URL, for one that has no version.

    >>> version_of(read_purl("pkg:oci/web@sha256%3A0f1e?tag=3.35.2"))
    '3.35.2'
    """
    for version in (purl.version, _qualifiers(purl).get("tag"), said):
        if version and not version.startswith(_DIGEST):
            return version
    return None


class Identifiers:
    """The identifiers of all products, to be asked which products a package URL means."""

    def __init__(self, products: Mapping[str, Iterable[str]]) -> None:
        """Take each product's identifiers; those that are no package URLs mean no package."""
        self._known: defaultdict[_Package, list[tuple[PackageURL, str]]] = defaultdict(list)
        for slug, identifiers in products.items():
            for purl in filter(None, map(read_purl, identifiers)):
                self._known[_package(purl)].append((purl, slug))

    def products(self, purl: PackageURL) -> tuple[str, ...]:
        """Name the products meant; of identifiers that fit, the most particular ones count."""
        fitting = [each for each in self._known.get(_package(purl), ()) if means(each[0], purl)]
        most = max((_particulars(identifier) for identifier, _ in fitting), default=0)
        found = [slug for identifier, slug in fitting if _particulars(identifier) == most]
        return tuple(dict.fromkeys(found))


def _package(purl: PackageURL) -> _Package:
    return (purl.type, purl.namespace, purl.name)


def _particulars(purl: PackageURL) -> int:
    return len(_qualifiers(purl)) + (purl.version is not None)


def _qualifiers(purl: PackageURL) -> dict[str, str]:
    return purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
