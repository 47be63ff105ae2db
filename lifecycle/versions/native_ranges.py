"""Ranges as package managers write them, such as ``^1.2`` or ``[1.0,2.0)``, as VERS (pure)."""

from __future__ import annotations

from typing import Any, Final

_LONGEST: Final = 500
_NOTATIONS: Final = {
    "gem": "gem",
    "maven": "maven",
    "nginx": "nginx",
    "npm": "npm",
    "nuget": "nuget",
    "openssl": "openssl",
    "pep440": "pypi",
    "semver": "npm",
}
"""Whose notation people know for the versions of a scheme; Semantic Versioning has none itself."""


def write_vers(native: str, scheme_name: str) -> str | None:
    """Write a range in VERS; None where univers does not read it, or knows no such notation.

    >>> write_vers("^1.2.0", "semver"), write_vers("[1.0,2.0)", "maven")
    ('vers:semver/>=1.2.0|<2.0.0', 'vers:maven/>=1.0|<2.0')
    """
    from univers.version_range import (  # noqa: PLC0415 -- slow to load; answers need none
        RANGE_CLASS_BY_SCHEMES,
    )

    if scheme_name not in _NOTATIONS or len(native) > _LONGEST:
        return None
    notation = _NOTATIONS[scheme_name]
    reader: Any = RANGE_CLASS_BY_SCHEMES[notation]
    try:
        text = str(reader.from_native(native))
    except Exception:  # noqa: BLE001 -- univers raises whatever its readers stumble over
        return None
    if notation == "npm":
        return text.replace("vers:npm/", f"vers:{scheme_name}/", 1)
    return text
