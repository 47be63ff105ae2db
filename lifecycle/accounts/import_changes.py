"""What an import changes of what is known, field by field, for people to read (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


class FieldChange(msgspec.Struct, frozen=True):
    """One field of something that an import changes; ``None`` means that nothing is known."""

    subject: str
    field: str
    before: Any
    after: Any


def list_changes(
    subject: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[FieldChange]:
    """Return a change for each field of ``after`` that is different.

    >>> list_changes("instance acme/lab", {"tier": "pro", "version": "1"}, {"tier": None})
    [FieldChange(subject='instance acme/lab', field='tier', before='pro', after=None)]
    """
    return [
        FieldChange(subject, field, before.get(field), value)
        for field, value in after.items()
        if before.get(field) != value
    ]
