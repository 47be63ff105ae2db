"""Publishing a product's lifecycle as events that never change.

What is known is compared with what was published, and the difference is added. The log is stored,
and not worked out from the past: what was once told was told, whatever an import overwrites, and
however a later version of this software would work it out.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.answers.lifecycle_facts import beginning, lifecycle_of, scope_of
from lifecycle.answers.snapshots import is_current, read_snapshot
from lifecycle.audit.actions import append
from lifecycle.audit.chain import By
from lifecycle.catalogue.published_events import (
    EventType,
    PublishedEvent,
    add_events,
    load_events,
)
from lifecycle.catalogue.queries import get_product
from lifecycle.errors import LifecycleError
from lifecycle.versions.ranges import parse_range

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.answers.lifecycle_facts import Lifecycle, LifecycleFact
    from lifecycle.answers.snapshots import Snapshot

PUBLISHED = "lifecycle.published"
_ORDER = list(EventType)


def standing(events: Sequence[PublishedEvent]) -> list[PublishedEvent]:
    """Return the events that no later one has withdrawn, the oldest first."""
    withdrawn = {event.withdraws for event in events}
    return [event for event in events if event.number and event.number not in withdrawn]


def unpublished(
    snapshot: Snapshot, events: Sequence[PublishedEvent], now: datetime
) -> list[PublishedEvent]:
    """Return what is to be added to the events published so far, so that they tell what is known.

    An event that is no longer right is withdrawn, and where there is another in its place that
    follows. Nothing is taken back only because its tier has gone from the policy.
    """
    if not snapshot.known.public:
        return []
    today, at = snapshot.today(now), now.replace(microsecond=0)
    lifecycle = lifecycle_of(snapshot, today)
    numbers = count((events[-1].number if events else 0) + 1)
    by_subject: defaultdict[tuple[EventType, str], list[PublishedEvent]] = defaultdict(list)
    for event in standing(events):
        by_subject[event.type, event.subject].append(event)
    withdrawn, added = [], []
    for key, stated in by_subject.items():
        fact = lifecycle.facts.get(key)
        if fact is not None:
            if (missing := _missing(snapshot, fact, stated)) is None:
                withdrawn += [(event, _why_moved(snapshot, event, fact)) for event in stated]
                added.append(fact)
            elif missing:
                scope = scope_of(snapshot, missing)
                added.append(msgspec.structs.replace(fact, scope=scope))
        elif _may_go(lifecycle, stated[0]):
            withdrawn += [(event, _why_gone(snapshot, event)) for event in stated]
    added += [fact for key, fact in lifecycle.facts.items() if key not in by_subject]
    withdrawn.sort(key=lambda pair: pair[0].number)
    added.sort(key=lambda fact: (fact.day, _ORDER.index(fact.type)))
    return [
        *_identified(events, lifecycle, numbers, at, snapshot),
        *(_withdrawal(next(numbers), event, why, snapshot, at) for event, why in withdrawn),
        *(_event(next(numbers), fact, snapshot, at) for fact in added),
    ]


async def publish(session: AsyncSession, snapshot: Snapshot, *, now: datetime) -> int:
    """Store what is to be published of a product, and note it in the log; return how many events.

    The product is locked meanwhile. Nothing is stored where it has changed since it was read.
    """
    product = await get_product(session, snapshot.slug, lock=True)
    if not await is_current(session, snapshot):
        return 0
    added = unpublished(snapshot, await load_events(session, product.id), now)
    await add_events(session, product.id, added)
    entered = [event for event in added if event.number]
    if entered:
        digest = hashlib.sha256(msgspec.json.encode(entered, order="sorted")).hexdigest()
        details = {"first": entered[0].number, "last": entered[-1].number, "sha256": digest}
        append(session, By("system", now), PUBLISHED, snapshot.slug, details=details)
    return len(entered)


async def read_and_publish(session: AsyncSession, slug: str, *, now: datetime) -> int:
    """Publish what a session sees of a product."""
    return await publish(session, await read_snapshot(session, slug), now=now)


def _missing(
    snapshot: Snapshot, fact: LifecycleFact, stated: Sequence[PublishedEvent]
) -> list[str] | None:
    """Return the versions that a fact concerns and no event names; None if the events are wrong."""
    begins = beginning(snapshot, fact.day)
    if any((event.day, event.at) != (fact.day, begins) for event in stated):
        return None
    if fact.type is EventType.SUPERSEDED_BY and any(
        event.body["supersededByVersion"] != fact.version for event in stated
    ):
        return None
    ranges = [text for event in stated for text in event.ranges]
    if fact.scope is None or tuple(ranges) == fact.scope.ranges:
        return []
    if fact.scope.versions is None:
        return None
    order = [release.version for release in snapshot.facts.releases]
    stable = [
        release.version
        for release in snapshot.facts.releases
        if not release.planned and not release.prerelease
    ]
    named: set[str] = set()
    for text in ranges:
        try:
            within = parse_range(text, snapshot.known.scheme, order=order)
        except LifecycleError:
            return None
        named.update(within.among(stable))
    concerned = set(fact.scope.versions)
    if not named <= concerned:
        return None
    return [version for version in fact.scope.versions if version not in named]


def _why_moved(snapshot: Snapshot, event: PublishedEvent, fact: LifecycleFact) -> str:
    if event.day != fact.day:
        return f"The day moved to {fact.day}."
    if event.at != beginning(snapshot, fact.day):
        return f"{fact.day} begins at another moment in the time zone of the policy."
    if event.body.get("supersededByVersion") != fact.version and event.type is not (
        EventType.RELEASED
    ):
        return f"{fact.version} superseded it first."
    return "The versions it concerns are other ones."


def _may_go(lifecycle: Lifecycle, event: PublishedEvent) -> bool:
    """Return whether an event is withdrawn where nothing is known any more in its place."""
    if event.type is EventType.END_OF_SUPPORT:
        return event.body["supportId"] in lifecycle.tiers
    return event.type not in {EventType.COMPONENT_RENAMED, EventType.WITHDRAWN}


def _why_gone(snapshot: Snapshot, event: PublishedEvent) -> str:
    if event.type is EventType.SUPERSEDED_BY:
        return "No release that supersedes it is left."
    if event.type is not EventType.RELEASED:
        return "Its day is no longer known."
    release = snapshot.by_version.get(event.subject)
    if release is None or release.withdrawn_on is None:
        return "It was registered by mistake."
    return f"The release was withdrawn on {release.withdrawn_on}."


def _identified(
    events: Sequence[PublishedEvent],
    lifecycle: Lifecycle,
    numbers: Iterator[int],
    at: datetime,
    snapshot: Snapshot,
) -> Iterator[PublishedEvent]:
    """Yield what the product is called, where it is called otherwise than it was."""
    named = [event for event in events if "identifiers" in event.body]
    before = (
        {identifier["value"] for identifier in named[-1].body["identifiers"]} if named else set()
    )
    if named and before <= set(lifecycle.identifiers):
        return
    yield PublishedEvent(
        number=next(numbers) if named else 0,
        type=EventType.COMPONENT_RENAMED if named else EventType.IDENTIFIED,
        subject="",
        day=snapshot.today(at),
        at=at,
        published_at=at,
        body={"identifiers": [{"type": "PURL", "value": purl} for purl in lifecycle.identifiers]},
    )


def _withdrawal(
    number: int, event: PublishedEvent, why: str, snapshot: Snapshot, at: datetime
) -> PublishedEvent:
    release = snapshot.by_version.get(event.subject)
    withdrawn_on = release.withdrawn_on if release and event.type is EventType.RELEASED else None
    today = snapshot.today(at)
    return PublishedEvent(
        number=number,
        type=EventType.WITHDRAWN,
        subject=event.subject,
        day=withdrawn_on or today,
        at=beginning(snapshot, withdrawn_on) if withdrawn_on and withdrawn_on <= today else at,
        published_at=at,
        body={"eventId": event.number, "reason": why},
    )


def _event(number: int, fact: LifecycleFact, snapshot: Snapshot, at: datetime) -> PublishedEvent:
    body: dict[str, Any] = {}
    if fact.type is EventType.RELEASED:
        body["version"] = fact.version
    if fact.type is EventType.SUPERSEDED_BY:
        body["supersededByVersion"] = fact.version
    if fact.scope is not None:
        body["versions"] = [{"range": text} for text in fact.scope.ranges]
    if fact.tier is not None:
        body["supportId"] = fact.tier
    return PublishedEvent(
        number=number,
        type=fact.type,
        subject=fact.subject,
        day=fact.day,
        at=beginning(snapshot, fact.day),
        published_at=at,
        body=body,
    )
