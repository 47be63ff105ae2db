"""Structs that speak of some of their fields alone, and what they make of another (pure)."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

S = TypeVar("S", bound=msgspec.Struct)


def stated(patch: msgspec.Struct) -> dict[str, Any]:
    """Return the fields that a patch states, by name; one that clears a field states None.

    >>> class Patch(msgspec.Struct):
    ...     tier: str | msgspec.UnsetType | None = UNSET
    ...     name: str | msgspec.UnsetType = UNSET
    >>> stated(Patch(tier=None))
    {'tier': None}
    """
    values = msgspec.structs.asdict(patch)
    return {name: value for name, value in values.items() if value is not UNSET}


def overlaid(before: S, facts: S) -> S:
    """Change what ``facts`` speak of; where they say nothing, what was known before stays."""
    values = msgspec.structs.asdict(facts)
    given_values = {
        name: value for name, value in values.items() if value is not None and value is not UNSET
    }
    return msgspec.structs.replace(before, **given_values)
