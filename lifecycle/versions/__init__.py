"""Version schemes: what a version is, which of two is higher, and which lines it belongs to."""

from lifecycle.versions.nearest import nearest
from lifecycle.versions.order import Placement, place
from lifecycle.versions.schemes import (
    SCHEME_NAMES,
    Parsed,
    Scheme,
    UnknownScheme,
    UnparsableVersion,
    scheme,
)

__all__ = [
    "SCHEME_NAMES",
    "Parsed",
    "Placement",
    "Scheme",
    "UnknownScheme",
    "UnparsableVersion",
    "nearest",
    "place",
    "scheme",
]
