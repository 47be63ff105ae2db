from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.gate.scenes import Sync
from lifecycle.policy.policies import Gate, Severity
from lifecycle.reports.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from lifecycle.calendar.lengths import Length
    from lifecycle.gate.scenes import Scene

ID = "facts-stale"
SEVERITY = Severity.ERROR


def check(scene: Scene) -> Iterator[Finding]:
    """What the catalogue knows was last synced too long ago to judge by.

    Why: a verdict is worth what it rests on; facts that stopped coming in make every release look
    harmless. Off until the policy's `gate` says `stale_after`.
    Fix: import from the sources again, and ask again; where one is no longer used, name those that
    are as `sources` in the policy's `gate`.
    """
    gate = scene.policy.gate if scene.policy else Gate()
    stale_after = gate.stale_after
    if stale_after is None or scene.version.fault is not None:
        return
    syncs = _declared(scene.syncs, gate.sources)
    stale = [sync for sync in syncs if _is_stale(sync, stale_after, scene.at)]
    if syncs and not stale:
        return
    fresh = [] if gate.sources else [sync.source for sync in syncs if sync not in stale]
    yield Finding(
        ID,
        f"The catalogue's facts are older than {stale_after}: {_told(stale)}.",
        f"Import from {_sources(stale)}, then ask again{_without_stale(fresh)}.",
        evidence={
            "at": scene.at.isoformat(),
            "stale_after": str(stale_after),
            "sources": {sync.source: _day(sync) for sync in syncs},
            "stale": [sync.source for sync in stale],
        },
    )


def _declared(syncs: Sequence[Sync], sources: Sequence[str]) -> Sequence[Sync]:
    """Return the syncs of the sources that the policy names; without any, of all there were."""
    syncs_by_source = {sync.source: sync for sync in syncs}
    return [syncs_by_source.get(name, Sync(name, None)) for name in sources] if sources else syncs


def _is_stale(sync: Sync, stale_after: Length, at: date) -> bool:
    return sync.synced_on is None or stale_after.after(sync.synced_on) < at


def _told(stale: list[Sync]) -> str:
    parts = (
        f"{sync.source} was last synced on {sync.synced_on}"
        if sync.synced_on
        else f"{sync.source} was never synced"
        for sync in stale
    )
    return ", ".join(parts) or "no source of theirs was ever synced"


def _sources(stale: list[Sync]) -> str:
    return " and ".join(sync.source for sync in stale) or "a source of theirs"


def _without_stale(fresh: Sequence[str]) -> str:
    """Say how to let the policy name the fresh sources alone."""
    if not fresh:
        return ""
    named = f"`gate: {{sources: [{', '.join(fresh)}]}}`"
    return f"; or name the sources that are still used in the policy's {named}"


def _day(sync: Sync) -> str | None:
    return sync.synced_on.isoformat() if sync.synced_on else None


FAILS = "The policy trusts facts for 7 days, and the last import from endoflife was 8 days ago."
PASSES = "The policy trusts facts for 7 days, and the last import from endoflife was 7 days ago."
