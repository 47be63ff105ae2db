"""What happened to products: announced, amended, withdrawn, in effect, ended; newest first.

Nothing that is not announced is part of it, and nothing that lies ahead.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from lifecycle.answers.line_ends import LineEnd, line_ends, next_day
from lifecycle.answers.snapshots import Snapshot
from lifecycle.calendar.zones import instant_of, zone
from lifecycle.deprecations.public_histories import PublicHistory, PublicRevision
from lifecycle.deprecations.states import RevisionChange
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.succession import in_force_or_first

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

NAMESPACE = uuid.UUID("6c1f4a52-3f0e-5d0b-8a5e-7b1d9c2e4f60")


class Event(StrEnum):
    """What happened: a change took effect, or support ended, on a day that has come."""

    ANNOUNCED = "announced"
    AMENDED = "amended"
    WITHDRAWN = "withdrawn"
    EFFECTIVE = "effective"
    ENDED = "ended"


_EVENTS = {RevisionChange.ANNOUNCED: Event.ANNOUNCED, RevisionChange.WITHDRAWN: Event.WITHDRAWN}


class PublicChange(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a product, under an id that derives from what it is.

    ``at`` is when it happened: an instant that was recorded, or the beginning of a day. ``day`` is
    that instant's day, but the last covered one where support ended. Its ``subject`` is the
    revision that was published or is in force, with the one ``before``, or the end of a line.
    """

    id: uuid.UUID
    snapshot: Snapshot
    event: Event
    kind: Kind
    day: date
    at: datetime
    tiers: tuple[str, ...]
    subject: PublicRevision | LineEnd
    before: PublicRevision | None = None
    deprecation: str | None = None


class ChangeFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which changes are asked for; all of them where nothing is said."""

    tier: str | None = None
    kind: Kind | None = None
    event: Event | None = None

    def keeps(self, change: PublicChange) -> bool:
        """Return whether a change is one of them."""
        return (
            self.tier in {None, *change.tiers}
            and self.kind in {None, change.kind}
            and self.event in {None, change.event}
        )


def public_changes(
    snapshots: Iterable[Snapshot], now: datetime, only: ChangeFilter
) -> list[PublicChange]:
    """Return what happened to products up to now, by its day and then its instant, newest first."""
    changes = [
        change
        for snapshot in snapshots
        for change in _changes(snapshot, snapshot.today(now))
        if only.keeps(change)
    ]
    return sorted(changes, key=lambda change: (change.day, change.at, change.id), reverse=True)


def identify(*names: str) -> uuid.UUID:
    """Derive an id from what a thing is, never from where it is shown or how it is called.

    >>> identify("clairdash", "3.35", "enterprise", "ended").version
    5
    """
    return uuid.uuid5(NAMESPACE, "/".join(names))


def _changes(snapshot: Snapshot, today: date) -> Iterator[PublicChange]:
    for history in snapshot.published:
        yield from _revisions(snapshot, history)
    ended = [end for end in line_ends(snapshot, today) if not end.estimate and end.last_day < today]
    for history in snapshot.published:
        yield from _effects(snapshot, history, ended, today)
    for end in ended:
        first = end.first_day_without
        yield PublicChange(
            id=identify(snapshot.identity, "line", end.line, end.named_after, Event.ENDED),
            snapshot=snapshot,
            event=Event.ENDED,
            kind=Kind.END_OF_SUPPORT,
            day=end.last_day,
            at=_beginning(snapshot, first),
            tiers=end.tiers,
            subject=end,
            deprecation=end.deprecation,
        )


def _revisions(snapshot: Snapshot, history: PublicHistory) -> Iterator[PublicChange]:
    befores = (None, *history.revisions)
    for before, revision in zip(befores, history.revisions, strict=False):
        yield PublicChange(
            id=identify(snapshot.identity, "deprecation", history.uid, str(revision.number)),
            snapshot=snapshot,
            event=_EVENTS.get(revision.changes[0], Event.AMENDED),
            kind=revision.content.kind,
            day=revision.on_day,
            at=revision.at,
            tiers=tuple(revision.days),
            subject=revision,
            before=before,
            deprecation=history.uid,
        )


def _effects(
    snapshot: Snapshot, history: PublicHistory, ended: Collection[LineEnd], today: date
) -> Iterator[PublicChange]:
    """Yield the effective days that have come, but for those that are the ends of lines."""
    before = min(today, history.latest.on_day) if history.withdrawn else next_day(today)
    for day, tiers in effective_days(history):
        if day >= before or are_ends(history, day, tiers, ended):
            continue
        yield PublicChange(
            id=identify(snapshot.identity, "deprecation", history.uid, Event.EFFECTIVE, min(tiers)),
            snapshot=snapshot,
            event=Event.EFFECTIVE,
            kind=history.latest.content.kind,
            day=day,
            at=_beginning(snapshot, day),
            tiers=tiers,
            subject=history.latest,
            deprecation=history.uid,
        )


def effective_days(history: PublicHistory) -> Iterator[tuple[date, tuple[str, ...]]]:
    """Yield each distinct effective day, the first one first, with the tiers it is for."""
    tiers: defaultdict[date, list[str]] = defaultdict(list)
    for tier, day in history.latest.days.items():
        tiers[day].append(tier)
    for day in sorted(tiers):
        yield day, tuple(tiers[day])


def are_ends(
    history: PublicHistory, day: date, tiers: Iterable[str], ends: Collection[LineEnd]
) -> bool:
    """Return whether an effective day is that of the ends of support of all its lines.

    They say the same, line by line. A window that promises more keeps a line from ending.
    """
    content = history.latest.content
    if content.kind is not Kind.END_OF_SUPPORT or content.lines is None:
        return False
    ending = {
        (end.line, tier) for end in ends if end.first_day_without == day for tier in end.tiers
    }
    return all((line, tier) in ending for line in content.lines for tier in tiers)


def _beginning(snapshot: Snapshot, day: date) -> datetime:
    """Return the instant at which a day began in the zone of the policy then in force."""
    policy = in_force_or_first(snapshot.facts.policies, day)
    return instant_of(day, time(), zone(policy.timezone if policy else "UTC"))
