"""A product's lifecycle as it was published: its events, and the levels of support they tell of."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from lifecycle.answers.event_publication import unpublished
from lifecycle.answers.lifecycle_facts import identifiers_of
from lifecycle.catalogue.published_events import PublishedEvent, last_number, load_events
from lifecycle.errors import LifecycleError, NotFound
from lifecycle.policy.window_words import window_sentences
from lifecycle.versions.ranges import parse_range

if TYPE_CHECKING:
    from datetime import date, datetime

    from lifecycle.answers.runners import Runner
    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.database.store import Store

PATIENCE = 20
"""How often a worker that runs beside is waited for, a tenth of a second each time."""
PAUSE = 0.1
EARLIER = " A line that came out under an earlier policy keeps what that one promised."
"""What is added where a tier's latest policy does not tell all that it covers."""
_PUBLISHED = f"{__name__}.published"


class NoLifecycleYet(NotFound):
    """Nothing of the product's lifecycle has been published yet."""


class PublishedLifecycle(NamedTuple):
    """What was published of a product, the oldest first, and what the tiers named there cover."""

    events: tuple[PublishedEvent, ...]
    support: dict[str, str]
    identifiers: tuple[str, ...]


class _Read(NamedTuple):
    """The events up to a number, and the day for which they tell all that is known.

    On ``awaited_on``, what was lacking was waited for in vain.
    """

    last: int
    events: tuple[PublishedEvent, ...]
    complete_on: date | None = None
    awaited_on: date | None = None


async def published_lifecycle(
    store: Store, snapshot: Snapshot, now: datetime, *, run: Runner, patient: bool
) -> PublishedLifecycle:
    """Return what was published of a product; refused where that is nothing.

    Where one is ``patient``, a change made just now is waited for until a worker has published it;
    once, since a worker that has not by then may be no more.
    """
    read, today = await _read(store, snapshot, now, run), snapshot.today(now)
    for _ in range(PATIENCE if patient and read.awaited_on != today else 0):
        if read.complete_on is not None:
            break
        await asyncio.sleep(PAUSE)
        read = await _read(store, snapshot, now, run)
    if patient and read.complete_on is None:
        snapshot.derived[__name__] = read._replace(awaited_on=today)
    events = tuple(event for event in read.events if event.number)
    if not events:
        raise NoLifecycleYet
    return PublishedLifecycle(events, support_texts(snapshot), identifiers_of(snapshot))


async def has_lifecycle(store: Store, snapshot: Snapshot) -> bool:
    """Return whether anything was published of a product; what once was is not looked for again."""
    if snapshot.derived.get(_PUBLISHED):
        return True
    async with store.reading() as session:
        published = await last_number(session, snapshot.known.id) > 0
    snapshot.derived[_PUBLISHED] = published
    return published


def lifecycle_of_version(
    snapshot: Snapshot, lifecycle: PublishedLifecycle, version: str
) -> PublishedLifecycle:
    """Return those events that concern a version, with the withdrawals of these."""
    order = [release.version for release in snapshot.facts.releases]
    inside: dict[str, bool] = {}

    def concerns(event: PublishedEvent) -> bool:
        if event.withdraws is not None:
            return event.withdraws in numbers
        if "version" in event.body:
            return bool(event.body["version"] == version)
        for text in event.ranges:
            if text not in inside:
                try:
                    within = parse_range(text, snapshot.known.scheme, order=order)
                    inside[text] = within.contains(version)
                except LifecycleError:  # the product's scheme was another one then
                    inside[text] = False
        return not event.ranges or any(inside[text] for text in event.ranges)

    numbers: set[int] = set()
    for event in lifecycle.events:
        if concerns(event):
            numbers.add(event.number)
    return lifecycle._replace(
        events=tuple(event for event in lifecycle.events if event.number in numbers)
    )


async def _read(store: Store, snapshot: Snapshot, now: datetime, run: Runner) -> _Read:
    """Read what is stored, unless it is at hand; what is at hand goes when the snapshot does."""
    today, at_hand = snapshot.today(now), snapshot.derived.get(__name__)
    async with store.reading() as session:
        last = await last_number(session, snapshot.known.id)
        if at_hand is None or at_hand.last != last:
            at_hand = _Read(last, await load_events(session, snapshot.known.id))
    if at_hand.complete_on != today:
        lacking = await run(partial(unpublished, snapshot, at_hand.events, now))
        at_hand = at_hand._replace(complete_on=None if lacking else today)
    snapshot.derived[__name__] = at_hand
    return at_hand


def support_texts(snapshot: Snapshot) -> dict[str, str]:
    """Return what each tier that there ever was covers, as the latest policy that has it says.

    Where an earlier one said something else, that is said to go on for what it was promised for.
    """
    support: dict[str, str] = {}
    has_changed: set[str] = set()
    for policy in snapshot.facts.policies:
        for tier in policy.tiers:
            sentences = " ".join(window_sentences(tier.name, tier.window))
            if support.get(tier.name, sentences) != sentences:
                has_changed.add(tier.name)
            support[tier.name] = sentences
    return support | {tier: support[tier] + EARLIER for tier in has_changed}
