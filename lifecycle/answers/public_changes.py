"""What happened to products: announced, in effect, ended, withdrawn, corrected; newest first.

Nothing that is not announced is part of it, and nothing that lies ahead.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from lifecycle.answers.catalogue_changes import (
    LineCorrection,
    ReleaseTurn,
    line_corrections,
    release_turns,
)
from lifecycle.answers.line_ends import LineEnd, line_ends, next_day
from lifecycle.answers.snapshots import Snapshot
from lifecycle.answers.support_interruptions import Interruption, interruptions
from lifecycle.calendar.zones import instant_of, zone
from lifecycle.deprecations.public_histories import PublicHistory, PublicRevision
from lifecycle.deprecations.states import RevisionChange
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.succession import in_force_or_first

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

NAMESPACE = uuid.UUID("6c1f4a52-3f0e-5d0b-8a5e-7b1d9c2e4f60")


class Event(StrEnum):
    """What happened: announced, on a day that has come, or recorded of releases and lines."""

    ANNOUNCED = "announced"
    AMENDED = "amended"
    WITHDRAWN = "withdrawn"
    EFFECTIVE = "effective"
    ENDED = "ended"
    RESUMED = "resumed"
    RELEASE_WITHDRAWN = "release_withdrawn"
    RELEASE_RESTORED = "release_restored"
    CORRECTED = "corrected"


_EVENTS = {RevisionChange.ANNOUNCED: Event.ANNOUNCED, RevisionChange.WITHDRAWN: Event.WITHDRAWN}


class PublicChange(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a product, under an id that derives from what it is.

    ``at`` is when it happened: an instant that was recorded, or the beginning of a day. ``day`` is
    that instant's day, but the last covered one where support ended. Its ``subject`` is the
    revision that was published or is in force, with the one ``before``, the end of a line, or what
    happened to a line or a release itself.
    """

    id: uuid.UUID
    snapshot: Snapshot
    event: Event
    kind: Kind
    day: date
    at: datetime
    tiers: tuple[str, ...]
    subject: PublicRevision | LineEnd | Interruption | ReleaseTurn | LineCorrection
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
    interrupted = interruptions(snapshot, today)
    known_ends: set[tuple[str, str]] = set()
    for end in (*(interruption.end for interruption in interrupted), *ended):
        first, named = end.first_day_without, (end.line, end.named_after)
        # The first end keeps its id when the line is supported again, and later ends.
        further = (first.isoformat(),) if named in known_ends else ()
        known_ends.add(named)
        yield PublicChange(
            id=identify(snapshot.identity, "line", *named, Event.ENDED, *further),
            snapshot=snapshot,
            event=Event.ENDED,
            kind=Kind.END_OF_SUPPORT,
            day=end.last_day,
            at=_beginning(snapshot, first),
            tiers=end.tiers,
            subject=end,
            deprecation=end.deprecation,
        )
    for interruption in interrupted:
        named = (interruption.line, interruption.end.named_after)
        day = interruption.again_from
        yield _happened(snapshot, Event.RESUMED, interruption, day, interruption.end.tiers, *named)
    tiers = tuple(snapshot.coverage(today).tier_names(today))
    for turn in release_turns(snapshot, today):
        event = Event.RELEASE_RESTORED if turn.is_back else Event.RELEASE_WITHDRAWN
        yield _happened(snapshot, event, turn, turn.day, tiers, turn.version)
    for correction in line_corrections(snapshot):
        named = (correction.line, str(correction.recorded.seq))
        change = _happened(snapshot, Event.CORRECTED, correction, correction.day, tiers, *named)
        yield msgspec.structs.replace(change, at=correction.recorded.at)


def _happened(
    snapshot: Snapshot,
    event: Event,
    subject: Interruption | ReleaseTurn | LineCorrection,
    day: date,
    tiers: tuple[str, ...],
    *named: str,
) -> PublicChange:
    """Tell what happened on a day to a line or a release, whatever was announced."""
    return PublicChange(
        id=identify(snapshot.identity, event, *named, day.isoformat()),
        snapshot=snapshot,
        event=event,
        kind=Kind.END_OF_SUPPORT,
        day=day,
        at=_beginning(snapshot, day),
        tiers=tiers,
        subject=subject,
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
