"""Comparison: a product without and with the release that is asked about (pure)."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec

from lifecycle.answers.version_lookup import equal_versions
from lifecycle.calendar.zones import zone
from lifecycle.catalogue.catalogue_inputs import ReleaseIn
from lifecycle.catalogue.histories import Histories
from lifecycle.catalogue.prospective_releases import with_releases
from lifecycle.deprecations.coverage_forecast import CoverageForecast, Followers
from lifecycle.gate.scenes import CatalogueState, Version
from lifecycle.policy.succession import in_force, in_force_or_first
from lifecycle.policy.windows import Granularity
from lifecycle.support.coverage import Coverage
from lifecycle.support.evaluation import Horizon
from lifecycle.support.version_ranking import stands_on
from lifecycle.versions import UnparsableVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.deprecations.announced import Announced
    from lifecycle.gate.manifests import Manifest
    from lifecycle.policy.policies import Policy
    from lifecycle.support.facts import Release

SEMANTIC = frozenset({"semver", "npm", "cargo", "composer", "golang", "hex"})
"""The schemes whose versions say what may break."""
STEPS = (Granularity.MAJOR, Granularity.MINOR, Granularity.PATCH)
RANK = attrgetter("rank")


class ReleaseComparison:
    """What is known on the day ``at``, and what will be once the release is out on ``day``.

    ``known`` is without any plan of the version; announcements made after ``at`` do not count.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        manifest: Manifest,
        plan: ReleaseIn | None,
        *,
        at: date,
        day: date,
    ) -> None:
        self.snapshot = snapshot
        self.manifest = manifest
        self.at = at
        self.day = day
        self.announced = tuple(
            announced_change
            for announced_change in snapshot.announced
            if announced_change.announced_on <= at
        )
        self._plan = plan

    def announced_of(self, feature: str) -> list[Announced]:
        """Return what is announced for a feature, or the whole product, in turn."""
        places = {*self._by_feature.get(feature, ()), *self._by_feature.get(None, ())}
        return [self.announced[place] for place in sorted(places)]

    @cached_property
    def _by_feature(self) -> dict[str | None, list[int]]:
        """The places of announcements by their features; None where it is the whole product."""
        places: defaultdict[str | None, list[int]] = defaultdict(list)
        for place, announced_change in enumerate(self.announced):
            if announced_change.content.whole_product:
                places[None].append(place)
            elif announced_change.content.feature is not None:
                places[announced_change.content.feature].append(place)
        return places

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone in which days are counted."""
        policy = in_force_or_first(self.snapshot.facts.policies, self.at)
        return zone(policy.timezone if policy else "UTC")

    @cached_property
    def policy(self) -> Policy | None:
        """The policy in force on the day asked."""
        return in_force(self.snapshot.facts.policies, self.at)

    @cached_property
    def known(self) -> Loaded:
        """The product without the release."""
        facts = self.snapshot.facts
        if len(self.announced) < len(self.snapshot.announced):
            ends = tuple(end for end in facts.ends if end.announced_on <= self.at)
            facts = msgspec.structs.replace(facts, ends=ends)
        if self._plan is not None:
            releases = tuple(r for r in facts.releases if r.version != self._plan.version)
            facts = msgspec.structs.replace(facts, releases=releases)
        if facts is self.snapshot.facts:
            return self.snapshot.known
        return msgspec.structs.replace(self.snapshot.known, facts=facts)

    @cached_property
    def later(self) -> Loaded:
        """The product with the release, a plan if its day lies ahead; ``UnparsableVersion``."""
        ahead = self.day > self.at
        facts = msgspec.structs.replace(
            self._plan or ReleaseIn(version=self.manifest.version),
            released_on=None if ahead else self.day,
            planned_on=self.day if ahead else None,
        )
        stated = {name: v for name in ("line", "stage") if (v := getattr(self.manifest, name))}
        release = msgspec.structs.replace(facts, **stated)
        return with_releases(self.known, [release], plans={})

    @cached_property
    def release(self) -> Release:
        """The release in its place."""
        releases = self.later.facts.releases
        return next(release for release in releases if release.version == self.manifest.version)

    def release_later(self, version: str) -> Release | None:
        """Return a release as it is known once the new one is out."""
        if version == self.release.version:
            return self.release
        return self.snapshot.by_version.get(version)

    @cached_property
    def forecast(self) -> CoverageForecast:
        """What is promised without the release."""
        forecast = self.snapshot.forecast(self.at)
        if len(self.announced) < len(self.snapshot.announced):
            forecast = CoverageForecast(forecast.full.with_ends(self.known.facts.ends))
        return forecast.without([self._plan.version]) if self._plan else forecast

    @property
    def coverage(self) -> Coverage:
        """What is covered without the release."""
        return self.forecast.full

    @cached_property
    def coverage_later(self) -> Coverage:
        """What is covered with the release."""
        return Coverage(self.later.facts, today=self.at)

    @cached_property
    def spread_anew(self) -> bool:
        """Whether the release gave others a new rank, as there was no room between two."""
        releases = self.later.facts.releases
        place = releases.index(self.release)
        return releases[:place] + releases[place + 1 :] != self.known.facts.releases

    @cached_property
    def histories(self) -> Histories:
        """The features' stages, without the release."""
        if self.known is self.snapshot.known:
            return self.snapshot.histories
        return Histories(self.known)

    @cached_property
    def histories_later(self) -> Histories:
        """The features' stages, the release in its place among the others."""
        return Histories(self.later, like=None if self.spread_anew else self.histories)

    @cached_property
    def followers_later(self) -> Followers:
        """Counts releases as of the release's day, itself among them."""
        return Followers(self._horizon_later)

    def _horizon_later(self) -> Horizon:
        if self.day == self.at:
            return self.coverage_later.horizon
        out = msgspec.structs.replace(self.release, planned=False)
        releases = tuple(out if r is self.release else r for r in self.later.facts.releases)
        return Horizon(msgspec.structs.replace(self.later.facts, releases=releases), self.day)

    @cached_property
    def before(self) -> Release | None:
        """The highest stable release below the one to come that stands on its day."""
        releases = self.known.facts.releases
        below = releases[: bisect_left(releases, self.release.rank, key=RANK)]
        return highest_out(
            below, lambda release: stands_on(release, self.day) and release.day <= self.day
        )

    @cached_property
    def version(self) -> Version:
        """The version's place; with a ``fault``, or ``known`` as released, it has none yet."""
        text = self.manifest.version
        try:
            registered = self._known_as(text)
        except UnparsableVersion as error:
            return Version(text, fault=error.detail)
        if registered is not None and not registered.planned:
            return Version(
                text,
                line=registered.line,
                known=CatalogueState.RELEASED,
                known_as=registered.version,
            )
        releases = self.known.facts.releases
        line = [release for release in releases if release.line == self.release.line]
        newest = highest_out(line, lambda release: release.day <= self.day)
        return Version(
            text,
            prerelease=self.release.prerelease,
            line=self.release.line,
            newest_in_line=newest.version if newest else None,
            newer=newest is None or newest.rank < self.release.rank,
            known=CatalogueState.PLANNED if registered else None,
            known_as=registered.version if registered else None,
            before=self.before.version if self.before else None,
            step=self._step(),
            initial=(self.release.units or ("",))[0] == "0",
            semantic=self.known.scheme in SEMANTIC,
            unplaced=self._is_unplaced(),
        )

    def _is_unplaced(self) -> bool:
        """Return whether it belongs to no line of a product whose lines are declared."""
        facts = self.known.facts
        has_lines = bool(facts.lines) or any(release.line for release in facts.releases)
        return self.known.line_by == "declared" and has_lines and self.release.line is None

    def _known_as(self, text: str) -> Release | None:
        """Find the version, or an equal one, among all that is known of the product."""
        if text in self.snapshot.by_version:
            return self.snapshot.by_version[text]
        equal = [
            self.snapshot.by_version[equal_version]
            for equal_version in equal_versions(self.snapshot, text)
        ]
        return next((release for release in equal if not release.planned), None)

    def _step(self) -> Granularity | None:
        """Name the highest unit in which the version differs from the one before."""
        if self.release.units is None:
            return None
        if self.before is None or self.before.units is None:
            return STEPS[0]
        pairs = zip(STEPS, self.release.units, self.before.units, strict=True)
        return next((step for step, new, old in pairs if new != old), STEPS[-1])


def highest_out(releases: Sequence[Release], counts: Callable[[Release], bool]) -> Release | None:
    """Return the highest, by rank, of the stable published ones that count; of equals the first."""
    out = (
        release
        for release in reversed(releases)
        if not release.planned and not release.prerelease and counts(release)
    )
    highest = next(out, None)
    for candidate in out:
        if highest is None or candidate.rank != highest.rank:
            break
        highest = candidate
    return highest
