"""Snapshots: all that is known of a product, held in memory until somebody changes it.

Public answers are computed from these and touch no database. A commit of this process drops the
products it touched at once; what other processes commit is seen by polling the audit log's head,
which names the products that changed (design, section 5).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lifecycle.audit import queries as audit
from lifecycle.calendar.zones import local_day, next_midnight
from lifecycle.catalogue.histories import Histories
from lifecycle.catalogue.queries import UnknownProduct, all_slugs
from lifecycle.catalogue.recorded_changes import RecordedChanges, load_changes
from lifecycle.deprecations.announced import load_known
from lifecycle.deprecations.coverage_forecast import CoverageForecast
from lifecycle.deprecations.public_histories import load_histories
from lifecycle.policy.succession import in_force, registration_zone, zone_at
from lifecycle.support.coverage import Coverage
from lifecycle.support.status import answer_release
from lifecycle.versions.package_versions import numbers_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.database.store import Store
    from lifecycle.deprecations.announced import Announced
    from lifecycle.deprecations.public_histories import PublicHistory
    from lifecycle.policy.policies import Policy
    from lifecycle.support.facts import Release

CATALOGUE = "*"
"""What answers are kept under that all products make together; no slug can be that."""
DAYS_KEPT = 3
POLL_EVERY = timedelta(milliseconds=250)


class Snapshot:
    """One product as it stood at one revision of the store."""

    published: tuple[PublicHistory, ...] = ()
    """All that was ever announced; empty in a snapshot that was read for a decision."""
    recorded = RecordedChanges()
    """How often lines and releases were changed; nothing in such a snapshot."""

    def __init__(
        self, loaded: Loaded, revision: int, era: int = 0, announced: tuple[Announced, ...] = ()
    ) -> None:
        self.known = loaded
        self.announced = announced
        self.facts = loaded.facts
        self.revision = revision
        self.mark = (era, revision)
        self.derived: dict[str, Any] = {}
        """What others worked out of it, by their names; it goes when the snapshot does."""
        self._forecasts: dict[date, CoverageForecast] = {}

    @property
    def slug(self) -> str:
        """The product's slug."""
        return self.known.slug

    @cached_property
    def by_version(self) -> dict[str, Release]:
        """The releases by their exact strings."""
        return {release.version: release for release in self.facts.releases}

    @cached_property
    def ordered(self) -> list[tuple[int, str]]:
        """Ranks and versions, lowest first."""
        return sorted((release.rank, release.version) for release in self.facts.releases)

    @cached_property
    def by_numbers(self) -> dict[tuple[int, ...], list[str]]:
        """The versions by the numbers in them, which equal ones share under every scheme."""
        versions: dict[tuple[int, ...], list[str]] = {}
        for version in self.by_version:
            versions.setdefault(numbers_in(version), []).append(version)
        return versions

    @cached_property
    def histories(self) -> Histories:
        """The stages of the features, as the releases order them."""
        return Histories(self.known)

    def policy_on(self, day: date) -> Policy | None:
        """Return the policy in force on a day."""
        return in_force(self.facts.policies, day)

    def zone(self, now: datetime) -> ZoneInfo:
        """Return the zone in which the product's days are counted at an instant."""
        return zone_at(self.facts.policies, now)

    def today(self, now: datetime) -> date:
        """Return today's date in the product's zone."""
        return local_day(now, self.zone(now))

    def days(self, now: datetime) -> tuple[date, date]:
        """Return today's date in the product's zone, and the day of an entry that is made now."""
        return self.today(now), local_day(now, registration_zone(self.facts.policies))

    def deadline(self, now: datetime) -> datetime:
        """Return the instant at which today's answers end."""
        return next_midnight(now, self.zone(now))

    def prepare(self, now: datetime) -> None:
        """Compute what every answer of today needs; slow with thousands of releases."""
        coverage = self.coverage(self.today(now))
        newest = coverage.newest_on(coverage.today)
        if newest is not None and self.ordered and self.by_version:
            for tier in coverage.tier_names(coverage.today):
                answer_release(coverage, newest, tier=tier, at=coverage.today)

    def coverage(self, today: date) -> Coverage:
        """Return the computed coverage as of a day; built once."""
        return self.forecast(today).full

    def forecast(self, today: date) -> CoverageForecast:
        """Return what is promised as known on a day; built once."""
        if today not in self._forecasts:
            built = CoverageForecast(Coverage(self.facts, today=today))
            while len(self._forecasts) >= DAYS_KEPT:
                self._forecasts.pop(next(iter(self._forecasts)))
            self._forecasts[today] = built
        return self._forecasts[today]


async def as_seen(session: AsyncSession, snapshot: Snapshot) -> Snapshot:
    """Return a snapshot of what a session sees: the one at hand, if nobody has changed it since."""
    if await is_current(session, snapshot):
        return snapshot
    return await read_snapshot(session, snapshot.slug)


async def is_current(session: AsyncSession, snapshot: Snapshot) -> bool:
    """Return whether a product is still as its snapshot has it, as far as a session sees."""
    newest, changed = await audit.changed_since(session, snapshot.revision)
    return newest >= snapshot.revision and snapshot.slug not in changed


async def read_snapshot(session: AsyncSession, slug: str, era: int = 0) -> Snapshot:
    """Read a product as a session sees it."""
    revision, _ = await audit.head(session)
    loaded, announced = await load_known(session, slug)
    return Snapshot(loaded, revision, era, announced)


class Snapshots:
    """The snapshots of this process, loaded when asked for, dropped when their product changes."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        """Listen to this process's own commits."""
        self._store = store
        self._clock = clock
        self._kept: dict[str, Snapshot] = {}
        self._loading: dict[tuple[str, int], asyncio.Task[Snapshot]] = {}
        self._changes: Counter[str] = Counter()
        self._oldest: dict[str, int] = {}
        self._catalogue: tuple[Snapshot, ...] = ()
        self._catalogue_mark: tuple[int, int] | None = None
        self._collecting = asyncio.Lock()
        self._times_changed = 0
        self._seen: tuple[int, str] | None = None
        self._era = 0
        store.on_commit(lambda products, _head: self.invalidate(products))

    def current(self, slug: str) -> tuple[int, int] | None:
        """Return the mark of the snapshot in memory; None where the next answer must load it.

        That of the whole ``CATALOGUE`` changes whenever a product does.
        """
        if slug == CATALOGUE:
            return self._era, self._times_changed
        snapshot = self._kept.get(slug)
        return snapshot.mark if snapshot else None

    @property
    def any_kept(self) -> bool:
        """Whether there is a product about which questions can be answered without the store."""
        return bool(self._kept)

    async def get(self, slug: str) -> Snapshot:
        """Return a product as it stands, after every commit that this process has seen."""
        snapshot = self._kept.get(slug)
        if snapshot is not None:
            return snapshot
        key = (slug, self._changes[slug])
        if key not in self._loading:
            task = asyncio.create_task(self._load(slug, key))
            self._loading[key] = task
            task.add_done_callback(lambda finished: self._loaded(key, finished))
        return await asyncio.shield(self._loading[key])

    async def get_all(self) -> tuple[Snapshot, ...]:
        """Return every product as it stands, by slug; those that have changed are loaded anew."""
        async with self._collecting:  # a hundred who ask at once wait for one of them
            mark = self.current(CATALOGUE)
            if mark != self._catalogue_mark:
                async with self._store.reading(apart=True) as session:
                    slugs = await all_slugs(session)
                self._catalogue = tuple((await self.get_known(slugs)).values())
                self._catalogue_mark = mark
            return self._catalogue

    async def get_known(self, slugs: Iterable[str]) -> dict[str, Snapshot]:
        """Return those of the products that are in the catalogue."""
        snapshots = {}
        for slug in slugs:
            with suppress(UnknownProduct):
                snapshots[slug] = await self.get(slug)
        return snapshots

    def _loaded(self, key: tuple[str, int], task: asyncio.Task[Snapshot]) -> None:
        """Forget a load that ended; whoever still waits for it sees how."""
        self._loading.pop(key, None)
        if not task.cancelled():
            task.exception()

    def invalidate(self, slugs: Iterable[str | None], *, before: int | None = None) -> None:
        """Drop what is known of products; with ``before``, only what is of an older revision."""
        for slug in slugs:
            if not slug:
                continue
            snapshot = self._kept.get(slug)
            if before is None:
                self._changes[slug] += 1
            else:
                self._oldest[slug] = before
                if snapshot and snapshot.revision >= before:
                    continue
            self._times_changed += 1
            self._kept.pop(slug, None)

    async def refresh(self) -> None:
        """Drop the products that other processes have changed since the last call.

        Where the log does not hold what it held then, another store, such as a backup, has taken
        its place, and everything is dropped.
        """
        async with self._store.reading() as session:
            head = await audit.head(session)
            last_entry = self._seen
            if last_entry == head:
                return
            is_unbroken = last_entry is None or await audit.contains(session, *last_entry)
            products: Iterable[str | None] = {*self._kept, *(slug for slug, _ in self._loading)}
            if is_unbroken and last_entry:
                _, products = await audit.changed_since(session, last_entry[0])
        self._seen = head
        if not is_unbroken:
            self._era += 1
            self._oldest.clear()
        self.invalidate(products, before=head[0] if is_unbroken else None)

    async def _load(self, slug: str, key: tuple[str, int]) -> Snapshot:
        async with self._store.reading(apart=True) as session:
            snapshot = await read_snapshot(session, slug, self._era)
            snapshot.published = await load_histories(session, snapshot.known)
            snapshot.recorded = await load_changes(session, snapshot.known)
        await asyncio.to_thread(snapshot.prepare, self._clock())
        if key[1] == self._changes[slug] and snapshot.revision >= self._oldest.get(slug, 0):
            self._kept[slug] = snapshot
        return snapshot
