"""Snapshots: all that is known of a product; public answers come from these, not the database."""

from __future__ import annotations

from copy import copy
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar, cast

from lifecycle.audit import queries as audit
from lifecycle.calendar.zones import local_day, next_midnight
from lifecycle.catalogue.histories import Histories
from lifecycle.catalogue.loaded_products import hidden_features, without_features
from lifecycle.catalogue.queries import find_products
from lifecycle.catalogue.recorded_changes import RecordedChanges, load_changes
from lifecycle.deprecations.announced import load_all_known, load_known
from lifecycle.deprecations.coverage_forecast import CoverageForecast
from lifecycle.deprecations.public_histories import load_histories
from lifecycle.policy.succession import in_force, registration_zone, zone_at
from lifecycle.support.coverage import Coverage
from lifecycle.support.status import answer_release
from lifecycle.versions.package_versions import numbers_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.deprecations.announced import Announced
    from lifecycle.deprecations.public_histories import PublicHistory
    from lifecycle.policy.policies import Policy
    from lifecycle.support.facts import Release

Derived = TypeVar("Derived")
DAYS_KEPT = 3


class Snapshot:
    """One product as it stood at one revision of the store."""

    published: tuple[PublicHistory, ...] = ()
    """All that was ever announced; empty in a snapshot that was read for a decision."""
    recorded = RecordedChanges()
    """How often facts were changed, and the first slug; nothing in such a snapshot."""

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
        self.working = RLock()
        """Held while something is worked out of it, so that threads do not do the same at once."""
        self.withheld: frozenset[str] = frozenset()
        """The keys of the features that are left out of a public view."""
        self._forecasts: dict[date, CoverageForecast] = {}

    @property
    def slug(self) -> str:
        """The product's slug."""
        return self.known.slug

    @property
    def identity(self) -> str:
        """What ids derive from: the first slug, which stays when the product is renamed."""
        return self.recorded.identity or self.slug

    @cached_property
    def public_view(self) -> Snapshot:
        """The same without the features that are not public, and what is announced of these.

        Coverage is shared: what is promised follows from no feature.
        """
        hidden = hidden_features(self.known)
        if not hidden:
            return self
        announced = (change for change in self.announced if change.content.feature not in hidden)
        published = (change for change in self.published if change.feature not in hidden)
        view = copy(self)
        view.withheld = hidden
        view.known = without_features(self.known, hidden)
        view.announced, view.published = tuple(announced), tuple(published)
        view.derived = {}
        view.__dict__.pop("histories", None)
        return view

    @property
    def is_public(self) -> bool:
        """Whether all of it is public."""
        return self.known.public and self.public_view is self

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

    def worked_out(self, name: str, today: date, work: Callable[[], Derived]) -> Derived:
        """Return what is worked out of it once a day; who needs it as well waits for the first."""
        day, derived = self.derived.get(name, (None, None))
        if day != today:
            with self.working:
                day, derived = self.derived.get(name, (None, None))
                if day != today:
                    derived = work()
                    self.derived[name] = today, derived
        return cast("Derived", derived)

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
                self._forecasts.pop(
                    next(iter(self._forecasts)), None
                )  # another thread may be first
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


async def read_snapshots(session: AsyncSession, slugs: Sequence[str], era: int) -> list[Snapshot]:
    """Read those of several products that there are, as a session sees them."""
    revision, _ = await audit.head(session)
    products = await load_all_known(session, await find_products(session, slugs))
    return [Snapshot(loaded, revision, era, announced) for loaded, announced in products]


async def complete(session: AsyncSession, snapshots: Sequence[Snapshot]) -> None:
    """Add to snapshots what is told of a product's past, beside what decisions rest on."""
    products = {snapshot.known.id: snapshot.known for snapshot in snapshots}
    histories = await load_histories(session, products)
    changes = await load_changes(session, products)
    for snapshot in snapshots:
        snapshot.published = tuple(histories[snapshot.known.id])
        snapshot.recorded = changes[snapshot.known.id]
