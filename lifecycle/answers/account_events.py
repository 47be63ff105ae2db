"""The dated events that concern one account: its lines' ends, and what is announced to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.answers.dated_events import dated_events
from lifecycle.answers.line_ends import LineEnd

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from lifecycle.answers.accounts import AccountStatusOut
    from lifecycle.answers.dated_events import DatedEvent
    from lifecycle.answers.snapshots import Snapshot


def account_events(
    status: AccountStatusOut, snapshots: Mapping[str, Snapshot], now: datetime
) -> list[DatedEvent]:
    """Return what ends or takes effect for what an account runs; days only estimated are none."""
    lines = {(out.product, out.line, out.tier) for out in status.instances if out.line and out.tier}
    announced = {change.id for out in status.instances for change in out.deprecations}
    events = [
        event
        for snapshot in snapshots.values()
        for event in dated_events(snapshot, snapshot.today(now))
        if _concerns(event, snapshot.slug, lines, announced)
    ]
    return sorted(events, key=lambda event: (event.day, event.snapshot.slug, event.id))


def _concerns(
    event: DatedEvent,
    product: str,
    lines: Collection[tuple[str, str | None, str | None]],
    announced: Collection[str],
) -> bool:
    if event.is_estimate:
        return False
    if isinstance(event.subject, LineEnd):
        return any((product, event.subject.line, tier) in lines for tier in event.tiers)
    return event.deprecation in announced
