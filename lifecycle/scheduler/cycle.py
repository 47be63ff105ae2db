"""The schedule: what happens by itself, whenever a worker looks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import structlog

from lifecycle.audit.chain import By
from lifecycle.errors import Unavailable
from lifecycle.scheduler import work_items
from lifecycle.scheduler.daily_jobs import Busy, look_after
from lifecycle.scheduler.due_notices import fill_due
from lifecycle.scheduler.lifecycle_logs import LifecycleLogs
from lifecycle.scheduler.logged_changes import Need, relevant, since
from lifecycle.scheduler.scheduled_announcements import announce_due

if TYPE_CHECKING:
    from datetime import datetime

    from lifecycle.database.store import Store
    from lifecycle.scheduler.daily_jobs import DailyCounts

TRIED_AGAIN_AFTER = timedelta(minutes=5)
"""So long a product that failed is left alone: what is wrong will hardly mend sooner."""

log = structlog.get_logger(__name__)


class CycleCounts(msgspec.Struct):
    """What happened by itself, added up."""

    announced: int = 0
    refused: int = 0
    drafted: int = 0
    changed: int = 0
    deleted: int = 0
    filled: int = 0
    skipped: int = 0
    untold: int = 0
    failed: int = 0
    published: int = 0

    def add(self, counts: CycleCounts) -> None:
        """Add another's counts to these, in place."""
        self.announced += counts.announced
        self.refused += counts.refused
        self.drafted += counts.drafted
        self.changed += counts.changed
        self.deleted += counts.deleted
        self.filled += counts.filled
        self.skipped += counts.skipped
        self.untold += counts.untold
        self.failed += counts.failed
        self.published += counts.published


class Schedule:
    """Remembers what it has seen, so that looking again costs next to nothing.

    Nothing hangs on that memory: a schedule that starts anew looks at everything once.
    """

    def __init__(self, store: Store, *, chunk: int | None = None) -> None:
        self._store = store
        self._chunk = chunk
        self._seen: int | None = None
        self._pending: dict[str, Need] = {}
        self._until: dict[str, datetime] = {}
        self._last: datetime | None = None
        self._lifecycles = LifecycleLogs(store)
        self.total = CycleCounts()
        self.untold: dict[str, int] = {}

    async def tick(self, now: datetime) -> CycleCounts:
        """Do all that is due at an instant; done again at once, it does nothing."""
        counts = CycleCounts()
        await self._note_changes(now)
        announced = await announce_due(self._store, now=now)
        counts.announced, counts.refused = announced.announced, announced.refused
        for slug in list(self._pending):
            await self._look_after(slug, counts, now=now)
        filled = await fill_due(self._store, now=now, chunk=self._chunk)
        counts.filled, counts.skipped = filled.filled, filled.skipped
        for slug in filled.told_of:  # who joined meanwhile was not among the audience
            self._need(slug).add(None)
        counts.published = await self._lifecycles.tick(now)
        self.total.add(counts)
        return counts

    async def _note_changes(self, now: datetime) -> None:
        """Find the products to look at: those that changed, and those where it is another day."""
        async with self._store.reading() as session:
            first = self._seen is None or (self._last is not None and now < self._last)
            changed = await since(session, self._seen or 0)
            is_general = first or changed.touch_accounts
            products = await relevant(session) if is_general else []
        self._seen, self._last = changed.seq, now
        for slug in products:
            self._need(slug).add(None if first else changed.accounts)
        new_day = [slug for slug, until in self._until.items() if until <= now]
        for slug in (*changed.products, *new_day):
            self._need(slug).add(None)

    def _need(self, slug: str) -> Need:
        return self._pending.setdefault(slug, Need())

    async def _look_after(self, slug: str, counts: CycleCounts, *, now: datetime) -> None:
        """Look after one product; what is wrong with it holds up no other."""
        need = self._pending[slug]
        try:
            looked = await look_after(self._store, slug, need, now=now)
        except Busy:
            return  # the other worker may have begun before the change
        except Unavailable:
            raise
        except Exception as error:
            log.exception("the schedule failed for a product", product=slug)
            counts.failed += 1
            self._pending.pop(slug)
            self._until[slug] = now + TRIED_AGAIN_AFTER
            await self._note_failure(slug, error, now=now)
            return
        self._pending.pop(slug)
        if looked is None:
            self._until.pop(slug, None)
            return
        await self._settle_failure(slug)
        self._until[slug] = looked.until
        if need.accounts is None:
            self.untold[slug] = looked.untold
        _count(counts, looked)

    async def _note_failure(self, slug: str, error: Exception, *, now: datetime) -> None:
        message = (
            f"An automatic step for {slug} failed ({type(error).__name__}); "
            "the service's log has the details."
        )
        async with self._store.writing() as session:
            await work_items.note(
                session, work_items.FAILED, slug, message, product=slug, by=By("system", now)
            )

    async def _settle_failure(self, slug: str) -> None:
        async with self._store.reading() as session:
            stood = await work_items.noted(session, work_items.FAILED, slug)
        if stood:
            async with self._store.writing() as session:
                await work_items.settle(session, work_items.FAILED, stood)


def _count(counts: CycleCounts, looked: DailyCounts) -> None:
    counts.drafted += looked.detected.drafted
    counts.announced += looked.detected.announced
    counts.changed += looked.detected.changed
    counts.deleted += looked.detected.deleted
    counts.untold += looked.untold
