"""The snapshots of this process: held in memory until somebody changes their product.

A commit of this process drops the products it touched at once; what other processes commit is seen
by polling the audit log's head, which names the products that changed (design, section 5).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from lifecycle.answers.snapshots import complete, read_snapshot, read_snapshots
from lifecycle.audit import queries as audit
from lifecycle.catalogue.queries import UnknownProduct, all_slugs, unknown_product
from lifecycle.catalogue.visibility import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.catalogue.visibility import Visibility
    from lifecycle.database.store import Store

CATALOGUE = "*"
"""What answers are kept under that all products make together; no slug can be that."""
AT_ONCE = 25
POLL_EVERY = timedelta(milliseconds=250)


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

    async def get(self, slug: str, visibility: Visibility = EVERYTHING) -> Snapshot:
        """Return what is shown of a product as it stands, after every commit that was seen here.

        One that is not shown is refused as one that there is not.
        """
        snapshot = await self._get(slug)
        if visibility.shows(slug, public=snapshot.known.public):
            return snapshot if visibility.shows_whole(slug) else snapshot.public_view
        async with self._store.reading(apart=True) as session:
            raise await unknown_product(session, slug)

    async def _get(self, slug: str) -> Snapshot:
        snapshot = self._kept.get(slug)
        if snapshot is not None:
            return snapshot
        key = (slug, self._changes[slug])
        if key not in self._loading:
            task = asyncio.create_task(self._load(slug, key))
            self._loading[key] = task
            task.add_done_callback(lambda finished: self._loaded(key, finished))
        return await asyncio.shield(self._loading[key])

    async def get_all(self, visibility: Visibility = EVERYTHING) -> list[Snapshot]:
        """Return what is shown of all products, by slug; what has changed is loaded anew."""
        return [
            snapshot if visibility.shows_whole(snapshot.slug) else snapshot.public_view
            for snapshot in await self._get_all()
            if visibility.shows(snapshot.slug, public=snapshot.known.public)
        ]

    async def _get_all(self) -> tuple[Snapshot, ...]:
        async with self._collecting:  # a hundred who ask at once wait for one of them
            mark = self.current(CATALOGUE)
            if mark != self._catalogue_mark:
                async with self._store.reading(apart=True) as session:
                    slugs = await all_slugs(session)
                await self._load_together([slug for slug in slugs if slug not in self._kept])
                self._catalogue = tuple((await self.get_known(slugs)).values())
                self._catalogue_mark = mark
            return self._catalogue

    async def get_known(
        self, slugs: Iterable[str], visibility: Visibility = EVERYTHING
    ) -> dict[str, Snapshot]:
        """Return those of the products that are in the catalogue, and shown."""
        snapshots = {}
        for slug in slugs:
            with suppress(UnknownProduct):
                snapshots[slug] = await self.get(slug, visibility)
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
            products = {*self._kept, *(slug for slug, _ in self._loading)}
            changes: dict[str | None, int] = dict.fromkeys(products, head[0])
            if is_unbroken and last_entry:
                _, changes = await audit.changed_since(session, last_entry[0])
        self._seen = head
        if not is_unbroken:
            self._era += 1
            self._oldest.clear()
        for slug, last in changes.items():
            self.invalidate([slug], before=last if is_unbroken else None)

    async def _load(self, slug: str, key: tuple[str, int]) -> Snapshot:
        async with self._store.reading(apart=True) as session:
            snapshot = await read_snapshot(session, slug, self._era)
            await complete(session, [snapshot])
        await self._keep(snapshot, key[1])
        return snapshot

    async def _load_together(self, slugs: Sequence[str]) -> None:
        """Load many products by a few statements: hundreds would take seconds one by one."""
        for start in range(0, len(slugs), AT_ONCE):
            batch = slugs[start : start + AT_ONCE]
            changes = {slug: self._changes[slug] for slug in batch}
            async with self._store.reading(apart=True) as session:
                snapshots = await read_snapshots(session, batch, self._era)
                await complete(session, snapshots)
            for snapshot in snapshots:
                await self._keep(snapshot, changes[snapshot.slug])

    async def _keep(self, snapshot: Snapshot, changes: int) -> None:
        """Keep a snapshot, unless its product has changed again since it was loaded."""
        await asyncio.to_thread(snapshot.prepare, self._clock())
        slug = snapshot.slug
        if changes == self._changes[slug] and snapshot.revision >= self._oldest.get(slug, 0):
            self._kept[slug] = snapshot
