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


class AccountReport(msgspec.Struct):
    """What an import of accounts did, or would do; what has ``problems`` was left out.

    ``instances`` and ``addresses`` count what is new or different. ``new_instances`` and
    ``new_addresses`` name what is new, each address after its account; ``changes`` says what is
    different of what was known. ``notes`` name what was passed over without a mistake.
    ``unknown_features`` are those that products do not have, by the instances that report them.
    """

    created: list[str] = []
    changed: list[str] = []
    unchanged: int = 0
    instances: int = 0
    addresses: int = 0
    new_instances: list[str] = []
    new_addresses: list[str] = []
    changes: list[FieldChange] = []
    missing_in_source: list[str] = []
    problems: list[Any] = []
    notes: list[str] = []
    unknown_features: dict[str, list[str]] = {}


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
