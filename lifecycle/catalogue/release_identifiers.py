"""Identifiers of single releases: a product's own ones, with a version (pure)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from lifecycle.catalogue.package_urls import read_purl

_CPE, _CPE_URI = "cpe:2.3:", "cpe:/"
_PARTS, _VERSION = 13, 5
"""How many parts a CPE has, and where among them its version stands."""
_BOUNDARY: Final = re.compile(r"(?<!\\):")
_SPECIAL: Final = re.compile(r"([^A-Za-z0-9._-])")
_ANY: Final = ("", "*", "-")


def with_version(identifier: str, version: str) -> str:
    r"""Return a package URL or a CPE of one version; what names a version already stays.

    >>> with_version("pkg:npm/web", "3.35.2"), with_version("pkg:oci/web", "3.35.2")
    ('pkg:npm/web@3.35.2', 'pkg:oci/web?tag=3.35.2')
    >>> with_version("cpe:2.3:a:acme:web", "1.0+2")
    'cpe:2.3:a:acme:web:1.0\\+2:*:*:*:*:*:*:*'
    >>> with_version("cpe:/a:acme:web", "1.0"), with_version("repology:web", "1.0")
    ('cpe:/a:acme:web:1.0', 'repology:web')
    """
    if identifier.startswith(_CPE):
        return _with_parts(_BOUNDARY.split(identifier), version)
    if identifier.startswith(_CPE_URI):
        named = len(_BOUNDARY.split(identifier)) >= _VERSION
        return identifier if named else f"{identifier}:{quote(version, safe='')}"
    purl = _read_purl(identifier)
    if purl is None or purl.version:
        return identifier
    if purl.type == "oci":  # whose version is a digest
        return purl._replace(qualifiers={"tag": version} | purl.qualifiers).to_string()
    return purl._replace(version=version).to_string()


_read_purl = lru_cache(maxsize=1 << 10)(read_purl)
"""Thousands of releases have the same identifiers, but for the version."""


def _with_parts(parts: list[str], version: str) -> str:
    parts += ["*"] * (_PARTS - len(parts))
    if parts[_VERSION] in _ANY:
        parts[_VERSION] = _SPECIAL.sub(r"\\\1", version)
    return ":".join(parts)
