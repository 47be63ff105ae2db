"""The dated events that concern one account: its lines' ends, and what is announced to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.answers.dated_events import dated_events
from lifecycle.answers.line_ends import LineEnd
from lifecycle.calendar.days import write_day
from lifecycle.support.status import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from lifecycle.answers.accounts import AccountStatusOut, InstanceStatusOut
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


def own_days(event: DatedEvent, status: AccountStatusOut) -> tuple[str, ...]:
    """Say of what an account runs of a line on which other day the version's own support ends."""
    end = event.subject
    if not isinstance(end, LineEnd):
        return ()
    return tuple(
        f"{out.instance} runs {out.version}, {_own_day(out)}."
        for out in status.instances
        if (out.product, out.line) == (event.snapshot.slug, end.line) and out.tier in end.tiers
        if out.supported_until != event.day and not out.assumed_from_line
        if out.supported_until is not None or out.status is Status.UNSUPPORTED
    )


def _own_day(out: InstanceStatusOut) -> str:
    if out.supported_until is None:
        return "which was never covered"
    return f"whose own last day of support is {write_day(out.supported_until)}"


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
