"""What ends and changes on which day: past, coming and estimated ends, and effective days."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec

from lifecycle.answers.day_moves import EndMoves, Moves, moves_of_effect
from lifecycle.answers.line_ends import LineEnd, day_before, line_ends
from lifecycle.answers.public_changes import are_ends, effective_days, identify
from lifecycle.answers.snapshots import Snapshot
from lifecycle.answers.taken_back import taken_back
from lifecycle.deprecations.public_histories import PublicHistory, PublicRevision
from lifecycle.policy.notice_periods import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lifecycle.answers.taken_back import TakenBack


class DatedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An end of support or an effective day, under an id that stays when the day moves.

    ``day`` is the last covered one of an end, its median of an estimate, and else the first on
    which the change is in force. What will not come was ``taken_back_by`` a revision.
    """

    id: uuid.UUID
    snapshot: Snapshot
    day: date
    kind: Kind
    tiers: tuple[str, ...]
    subject: LineEnd | PublicRevision
    moves: Moves
    deprecation: str | None = None
    taken_back_by: PublicRevision | None = None

    @property
    def cancelled(self) -> bool:
        """Whether the day was announced and will not come."""
        return self.taken_back_by is not None

    @property
    def is_estimate(self) -> bool:
        """Whether releases not known yet decide the day."""
        return isinstance(self.subject, LineEnd) and self.subject.estimate is not None


def dated_events(snapshot: Snapshot, today: date) -> tuple[DatedEvent, ...]:
    """Return all events of a product that have a day, in the order of their days.

    The end of a line's support and an announcement of exactly that are one event.
    """
    return snapshot.worked_out(
        __name__,
        today,
        lambda: tuple(sorted(_events(snapshot, today), key=lambda event: (event.day, event.id))),
    )


def coming_events(
    snapshots: Iterable[Snapshot],
    now: datetime,
    *,
    until: date,
    tier: str | None = None,
    estimates: bool = False,
) -> list[DatedEvent]:
    """Return what ends or takes effect from each product's today to a day, the nearest first.

    A line whose last covered day is today is still to end. ``estimates`` adds what is estimated.
    """
    days = [(snapshot, snapshot.today(now)) for snapshot in snapshots]
    events = [
        event
        for snapshot, today in days
        for event in dated_events(snapshot, today)
        if today <= event.day <= until and not event.cancelled
        if tier in {None, *event.tiers}
        if estimates or not event.is_estimate
    ]
    return sorted(events, key=lambda event: (event.day, event.snapshot.slug, event.id))


def _events(snapshot: Snapshot, today: date) -> Iterator[DatedEvent]:
    ends, moves = line_ends(snapshot, today), EndMoves(snapshot)
    for end in ends:
        yield _end_event(snapshot, end, moves)
    dated = {(end.line, tier) for end in ends if not end.estimate for tier in end.tiers}
    cancelled: dict[uuid.UUID, DatedEvent] = {}
    for history in snapshot.published:
        for day, tiers in effective_days(history):
            was_taken_back = history.withdrawn and day > history.latest.on_day
            if not was_taken_back and not are_ends(history, day, tiers, ends):
                yield _effect_event(snapshot, history, day, tiers)
        for cancellation in taken_back(history):
            event = _cancelled(snapshot, history, cancellation, moves, dated)
            if event is not None:
                cancelled[event.id] = event
    yield from cancelled.values()


def _end_event(
    snapshot: Snapshot, end: LineEnd, moves: EndMoves, *, cancellation: TakenBack | None = None
) -> DatedEvent:
    last_day = date.max if end.estimate else end.last_day
    return DatedEvent(
        id=identify(snapshot.identity, "line", end.line, end.named_after, "end"),
        snapshot=snapshot,
        day=end.last_day,
        kind=Kind.END_OF_SUPPORT,
        tiers=end.tiers,
        subject=end,
        moves=moves.of(end.line, end.named_after, last_day),
        deprecation=end.deprecation,
        taken_back_by=cancellation.by if cancellation else None,
    )


def _effect_event(
    snapshot: Snapshot,
    history: PublicHistory,
    day: date,
    tiers: tuple[str, ...],
    *,
    cancellation: TakenBack | None = None,
) -> DatedEvent:
    return DatedEvent(
        id=identify(snapshot.identity, "deprecation", history.uid, "effect", min(tiers)),
        snapshot=snapshot,
        day=day,
        kind=history.latest.content.kind,
        tiers=tiers,
        subject=history.latest,
        moves=moves_of_effect(history, min(tiers)),
        deprecation=history.uid,
        taken_back_by=cancellation.by if cancellation else None,
    )


def _cancelled(
    snapshot: Snapshot,
    history: PublicHistory,
    cancellation: TakenBack,
    moves: EndMoves,
    dated: set[tuple[str, str]],
) -> DatedEvent | None:
    """Return what will not happen; None where an end only has another day."""
    if cancellation.line is None:
        return _effect_event(
            snapshot, history, cancellation.day, cancellation.tiers, cancellation=cancellation
        )
    undated = tuple(tier for tier in cancellation.tiers if (cancellation.line, tier) not in dated)
    if not undated:
        return None
    end = LineEnd(
        line=cancellation.line,
        tiers=undated,
        last_day=day_before(cancellation.day),
        deprecation=history.uid,
    )
    return _end_event(snapshot, end, moves, cancellation=cancellation)
