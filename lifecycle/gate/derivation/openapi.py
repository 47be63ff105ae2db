"""What a release changes, from an API's description before it and after it.

Features are operations, by their method and path: `get.users._` is `GET /users/{id}`. A sunset that
is taken back or moved to an earlier day breaks its operation, since callers were promised the time
until then. An operation that cannot be compared in full is reported as such.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from lifecycle.gate.derivation import Derived, NotDerived, operation_note
from lifecycle.gate.derivation.differences import Difference, Weight
from lifecycle.gate.derivation.operations import compare_operations
from lifecycle.gate.derivation.schemas import Comparison
from lifecycle.gate.derivation.specifications import read_operations, read_operations_in

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from lifecycle.gate.derivation.specifications import Operation

OLD: Final = "The old description"
NEW: Final = "The new description"

_TOLD: Final = {
    Weight.BREAK: "breaks its callers",
    Weight.UNCOMPARED: "cannot be compared in full",
    Weight.NOTE: "changes for its callers",
}


def derive(old: Path, new: Path, *, day: date | None = None) -> Derived:
    """Return what the release removes, breaks and moves, from two description files.

    On the ``day`` of the release (today in UTC if left out), what has its sunset may go.
    """
    return _derive(str(old), read_operations(old), read_operations(new), day=day)


def derive_from_texts(old: bytes, new: bytes, *, day: date) -> Derived:
    """Return the same from two descriptions that are at hand; each must be whole."""
    before = read_operations_in(old, OLD)
    return _derive(OLD, before, read_operations_in(new, NEW), day=day)


def _derive(
    name: str, before: dict[str, Operation], after: dict[str, Operation], *, day: date | None
) -> Derived:
    if not before:
        raise NotDerived(f"{name} describes no operation; is it the right file?")
    schemas = Comparison(day or datetime.now(UTC).date())
    differences_by_key = {
        key: list(dict.fromkeys(compare_operations(before[key], operation, schemas)))
        for key, operation in after.items()
        if key in before
    }
    breaks = _having(differences_by_key, Weight.BREAK)
    removes = tuple(key for key in before if key not in after)
    return Derived(
        removes=removes,
        breaks=breaks,
        uncompared=tuple(
            key for key in _having(differences_by_key, Weight.UNCOMPARED) if key not in breaks
        ),
        stages={
            key: operation.stage
            for key, operation in after.items()
            if key not in before or before[key].stage != operation.stage
        },
        notes=(
            *(f"{before[key].name} ({key}) is gone." for key in removes),
            *(
                _told(after[key], differences_by_key[key], weight)
                for weight in Weight
                for key in _having(differences_by_key, weight)
            ),
            *_sunsets(before, after),
        ),
    )


def _having(differences_by_key: dict[str, list[Difference]], weight: Weight) -> tuple[str, ...]:
    return tuple(
        key
        for key, differences in differences_by_key.items()
        if any(difference.weight is weight for difference in differences)
    )


def _told(operation: Operation, differences: list[Difference], weight: Weight) -> str:
    reasons = [str(difference) for difference in differences if difference.weight is weight]
    return operation_note(operation.name, operation.key, _TOLD[weight], reasons)


def _sunsets(before: dict[str, Operation], after: dict[str, Operation]) -> list[str]:
    return [
        f"{operation.name} ({key}) is to go on {operation.sunset}:"
        " see that its removal is announced."
        for key, operation in after.items()
        if operation.sunset and (key not in before or before[key].sunset != operation.sunset)
    ]
