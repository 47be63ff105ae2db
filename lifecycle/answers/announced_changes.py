"""What is announced for a version, a tier and a day, as answers show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.answers.response_structs import DeprecationRefOut

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.deprecations.announced import Announced


def announced_for(
    snapshot: Snapshot,
    *,
    line: str | None,
    version: str,
    tier: str,
    at: date,
    features: Collection[str] = (),
) -> tuple[DeprecationRefOut, ...]:
    """Return the standing deprecations of a version, and of features used, the nearest first."""
    changes = concerning(snapshot, line=line, version=version, tier=tier, features=features)
    return tuple(_out(change, change.days[tier], at) for change in changes)


def concerning(
    snapshot: Snapshot,
    *,
    line: str | None,
    version: str,
    tier: str,
    features: Collection[str] = (),
) -> list[Announced]:
    """Return what is announced to a tier of a version, and of features used, the nearest first."""
    changes = [
        change
        for change in snapshot.announced
        if change.affects(tier, line=line, version=version, features=features)
    ]
    return sorted(changes, key=lambda change: (change.days[tier], change.uid))


def _out(announced: Announced, effective_on: date, at: date) -> DeprecationRefOut:
    return DeprecationRefOut(
        id=announced.uid,
        kind=announced.content.kind,
        effective_on=effective_on,
        days_left=(effective_on - at).days,
    )
