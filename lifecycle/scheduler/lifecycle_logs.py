"""Keeping the logs of published lifecycle events up to date, after every change and every night."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from lifecycle.answers.event_publication import publish, unpublished
from lifecycle.answers.snapshots import read_snapshot
from lifecycle.audit import queries as audit
from lifecycle.catalogue.published_events import load_events
from lifecycle.catalogue.queries import UnknownProduct, all_slugs
from lifecycle.errors import Unavailable

if TYPE_CHECKING:
    from datetime import datetime

    from lifecycle.database.store import Store

AT_ONCE = 25
"""So many products are looked at before others have their turn."""
TRIED_AGAIN_AFTER = timedelta(minutes=5)
WITHOUT_POLICY_AFTER = timedelta(hours=1)
"""So long a new product waits for its first policy, whose zone decides when its days begin."""

log = structlog.get_logger(__name__)


class LifecycleLogs:
    """Remembers what it has looked at; one that starts anew looks at everything once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: int | None = None
        self._pending: dict[str, None] = {}
        self._until: dict[str, datetime] = {}

    async def tick(self, now: datetime) -> int:
        """Publish what has become known, of some products at once; return how many events."""
        await self._note_changes(now)
        published = 0
        for slug in list(self._pending)[:AT_ONCE]:
            try:
                published += await self._look(slug, now)
            except Unavailable:
                raise
            except Exception:
                log.exception("publishing a lifecycle failed", product=slug)
                self._until[slug] = now + TRIED_AGAIN_AFTER
            self._pending.pop(slug)
        return published

    async def _note_changes(self, now: datetime) -> None:
        async with self._store.reading() as session:
            if self._seen is None:
                self._seen, _ = await audit.head(session)
                changed = set(await all_slugs(session))
            else:
                self._seen, named = await audit.changed_since(session, self._seen)
                changed = {slug for slug in named if slug}
        new_day = {slug for slug, until in self._until.items() if until <= now}
        recent = dict.fromkeys(sorted(changed | new_day))
        self._pending = recent | self._pending  # what has just changed comes first

    async def _look(self, slug: str, now: datetime) -> int:
        self._until.pop(slug, None)
        with suppress(UnknownProduct):
            async with self._store.reading() as session:
                snapshot = await read_snapshot(session, slug)
                events = await load_events(session, snapshot.known.id)
            self._until[slug] = snapshot.deadline(now)
            begins = snapshot.known.created_at + WITHOUT_POLICY_AFTER
            if not (events or snapshot.facts.policies) and now < begins:
                self._until[slug] = min(begins, self._until[slug])
                return 0
            if await asyncio.to_thread(unpublished, snapshot, events, now):
                async with self._store.writing() as session:
                    return await publish(session, snapshot, now=now)
        return 0
