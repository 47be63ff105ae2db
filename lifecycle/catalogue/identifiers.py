"""Identifiers: which product a package URL means (pure).

A product's identifier names a package: ``pkg:npm/%40acme/server`` means every version of it. An
identifier with a version or with qualifiers means only what has the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from packaging.utils import canonicalize_name

from lifecycle.catalogue.package_types import rules_of
from lifecycle.catalogue.package_urls import read_purl
from lifecycle.versions.package_versions import same_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from packageurl import PackageURL

_Package: TypeAlias = tuple[str, str]

_DIGEST: Final = ("sha256:", "sha384:", "sha512:")
_MAJOR: Final = re.compile(r"(?P<path>.+)/(?P<major>v[1-9]\d*)")
_ADDRESS: Final = re.compile(r"(?:https?://)?(?P<place>.*?)/*")
_AUTHOR, _GO_MAJOR = "author", "major"
_CASELESS_QUALIFIERS: Final = frozenset({("julia", "uuid"), ("swid", "tag_id")})


def means(identifier: PackageURL, purl: PackageURL) -> bool:
    """Return whether an identifier covers a package URL.

    >>> web = read_purl("pkg:npm/web")
    >>> means(web, read_purl("pkg:npm/web@1.2.3?arch=x64"))
    True
    >>> means(web, read_purl("pkg:npm/%40acme/web@1.2.3"))
    False
    """
    return (
        _package(identifier) == _package(purl)
        and _fits(identifier.version, purl)
        and _narrowing(identifier).items() <= (_defaults(purl) | _narrowing(purl)).items()
    )


def covers(identifier: str, candidate: str) -> bool:
    """Return whether an identifier means all that a candidate does.

    >>> covers("pkg:npm/web", "pkg:npm/web@1.2.3"), covers("pkg:npm/web@1.2.3", "pkg:npm/web")
    (True, False)
    >>> covers("cpe:2.3:a:acme:web", "cpe:2.3:a:acme:web")
    True
    """
    purls = read_purl(identifier), read_purl(candidate)
    if purls[0] is None or purls[1] is None:
        return identifier == candidate
    return means(purls[0], purls[1])


@lru_cache(maxsize=1 << 14)
def package_of(identifier: str) -> _Package:
    """Return a key that all identifiers of one package share; one that is no package URL is alone.

    >>> package_of("pkg:pypi/Flask_Login") == package_of("pkg:pypi/flask-login@0.6")
    True
    """
    purl = read_purl(identifier)
    return ("", identifier) if purl is None else _package(purl)


def version_of(purl: PackageURL, stated: str | None = None) -> str | None:
    """Return the version that a package URL has; an image's tag is one, its digest is not.

    Qualifiers that are part of the version count: rpm's epoch, vcpkg's port version. ``stated`` is
    what stands beside the package URL, for one that has no version.

    >>> version_of(read_purl("pkg:oci/web@sha256%3A0f1e?tag=3.35.2"))
    '3.35.2'
    >>> version_of(read_purl("pkg:rpm/fedora/web@3.35.2-1.fc40?epoch=1"))
    '1:3.35.2-1.fc40'
    """
    for version in (_whole_version(purl), purl.qualifiers.get("tag"), stated):
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
        fitting = [
            identified
            for identified in self._known.get(_package(purl), ())
            if means(identified[0], purl)
        ]
        most = max((_particulars(identifier) for identifier, _ in fitting), default=0)
        slugs = [slug for identifier, slug in fitting if _particulars(identifier) == most]
        return tuple(dict.fromkeys(slugs))


def _package(purl: PackageURL) -> _Package:
    """Return a key that all package URLs of one package share, however they are written."""
    kind, rules = purl.type, rules_of(purl.type)
    namespace = purl.namespace or rules.home
    if kind == "cpan":  # who maintains a distribution changes; its name is unique without
        namespace = None
    path = f"{namespace}/{purl.name}" if namespace else purl.name
    if rules.caseless:
        path = path.lower()
    if kind == "pypi":
        path = canonicalize_name(path)
    elif kind == "npm":
        path = path.removeprefix("@")
    elif kind == "golang" and (match := _MAJOR.fullmatch(path)):
        path = match["path"]
    return kind, path


def _narrowing(purl: PackageURL) -> dict[str, str]:
    """Return what tells the packages of one name apart: qualifiers, and what counts as one.

    A Go module's path ends with its major version from the second on; without, it is any.
    """
    narrowing = {key: _compared(purl.type, key, value) for key, value in purl.qualifiers.items()}
    if purl.type == "cpan" and purl.namespace:
        narrowing.setdefault(_AUTHOR, purl.namespace)
    if purl.type == "golang" and (match := _MAJOR.fullmatch(f"/{purl.namespace}/{purl.name}")):
        narrowing[_GO_MAJOR] = match["major"]
    return narrowing


def _defaults(purl: PackageURL) -> dict[str, str]:
    """Return the qualifiers that a package URL has by default."""
    rules = rules_of(purl.type)
    defaults = {"repository_url": rules.repository} if rules.repository else {}
    defaults |= rules.defaults
    return {key: _compared(purl.type, key, value) for key, value in defaults.items()}


def _compared(kind: str, key: str, value: str) -> str:
    if key == "repository_url" and (match := _ADDRESS.fullmatch(value)):
        host, slash, path = match["place"].partition("/")
        return f"{host.lower()}{slash}{path}"
    return value.lower() if (kind, key) in _CASELESS_QUALIFIERS else value


def _fits(qualifier: str | None, purl: PackageURL) -> bool:
    if qualifier is None or qualifier == purl.version:
        return True
    return purl.version is not None and same_version(purl.type, qualifier, purl.version)


def _particulars(purl: PackageURL) -> int:
    return len(_narrowing(purl)) + (purl.version is not None)


def _whole_version(purl: PackageURL) -> str | None:
    version, epoch = purl.version, purl.qualifiers.get("epoch")
    if version and purl.type == "rpm" and epoch and ":" not in version:
        return f"{epoch}:{version}"
    port = purl.qualifiers.get("port_version", "0")
    if version and purl.type == "vcpkg" and port != "0":
        return f"{version}#{port}"
    return version
