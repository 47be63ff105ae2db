"""Grounds: a product without and with the release that is asked about (pure)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from lifecycle.answers.lookup import equal_versions
from lifecycle.calendar.zones import zone
from lifecycle.catalogue.facts import ReleaseIn
from lifecycle.catalogue.foresight import once_registered
from lifecycle.catalogue.histories import Histories
from lifecycle.deprecations.promises import Followers, covered_ranks
from lifecycle.gate.scenes import Version
from lifecycle.policy.succession import in_force
from lifecycle.support.coverage import Coverage
from lifecycle.versions import UnparsableVersion

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.catalogue.loading import Loaded
    from lifecycle.gate.manifests import Manifest
    from lifecycle.policy.policies import Policy
    from lifecycle.support.facts import Release

SEMANTIC = frozenset({"semver", "npm", "cargo", "composer", "golang", "hex"})
"""The schemes whose versions say what may break."""
STEPS = ("major", "minor", "patch")


class Ground:
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
        self.announced = tuple(one for one in snapshot.announced if one.announced_on <= at)
        self._plan = plan

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone in which days are counted."""
        policies = self.snapshot.facts.policies
        standing = self.policy or next(iter(policies), None)
        return zone(standing.timezone if standing else "UTC")

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
            others = tuple(r for r in facts.releases if r.version != self._plan.version)
            facts = msgspec.structs.replace(facts, releases=others)
        if facts is self.snapshot.facts:
            return self.snapshot.known
        return msgspec.structs.replace(self.snapshot.known, facts=facts)

    @cached_property
    def later(self) -> Loaded:
        """The product with the release, a plan if its day lies ahead; ``UnparsableVersion``."""
        ahead = self.day > self.at
        given = msgspec.structs.replace(
            self._plan or ReleaseIn(version=self.manifest.version),
            released_on=None if ahead else self.day,
            planned_on=self.day if ahead else None,
        )
        said = {name: v for name in ("line", "stage") if (v := getattr(self.manifest, name))}
        whole = msgspec.structs.replace(given, **said)
        return once_registered(self.known, [whole], plans={}, registered_on=self.at)

    @cached_property
    def release(self) -> Release:
        """The release in its place."""
        releases = self.later.facts.releases
        return next(each for each in releases if each.version == self.manifest.version)

    @cached_property
    def coverage(self) -> Coverage:
        """What is covered without the release."""
        if self.known is self.snapshot.known:
            return self.snapshot.coverage(self.at)
        return Coverage(self.known.facts, today=self.at)

    @cached_property
    def coverage_later(self) -> Coverage:
        """What is covered with the release."""
        return Coverage(self.later.facts, today=self.at)

    @cached_property
    def histories(self) -> Histories:
        """The features' stages, without the release."""
        if self.known is self.snapshot.known:
            return self.snapshot.histories
        return Histories(self.known)

    @cached_property
    def histories_later(self) -> Histories:
        """The features' stages, the release in its place among the others."""
        return Histories(self.later)

    @cached_property
    def covered(self) -> frozenset[int]:
        """The ranks of the releases that some tier covers on the day asked."""
        return frozenset(covered_ranks(self.coverage, self.at))

    @cached_property
    def followers(self) -> Followers:
        """Counts releases as they are known on the day asked."""
        return Followers(self.known, self.at)

    @cached_property
    def followers_later(self) -> Followers:
        """Counts releases as of the release's day, itself among them."""
        out = msgspec.structs.replace(self.release, planned=False)
        releases = tuple(out if r is self.release else r for r in self.later.facts.releases)
        facts = msgspec.structs.replace(self.later.facts, releases=releases)
        return Followers(msgspec.structs.replace(self.later, facts=facts), self.day)

    @cached_property
    def before(self) -> Release | None:
        """The highest stable release below the one to come."""
        return max(
            (each for each in self._out if each.rank < self.release.rank),
            key=lambda each: each.rank,
            default=None,
        )

    @cached_property
    def version(self) -> Version:
        """The version's place; with a ``fault``, or ``known`` as released, it has none yet."""
        text = self.manifest.version
        try:
            known = self._known_as(text)
        except UnparsableVersion as error:
            return Version(text, fault=error.detail)
        if known is not None and not known.planned:
            return Version(text, line=known.line, known="released", known_as=known.version)
        line = [each for each in self._out if each.line == self.release.line]
        newest = max(line, key=lambda each: each.rank, default=None)
        return Version(
            text,
            prerelease=self.release.prerelease,
            line=self.release.line,
            newest_in_line=newest.version if newest else None,
            newer=newest is None or newest.rank < self.release.rank,
            known="planned" if known else None,
            known_as=known.version if known else None,
            before=self.before.version if self.before else None,
            step=self._step(),
            initial=(self.release.units or ("",))[0] == "0",
            semantic=self.known.scheme in SEMANTIC,
        )

    @cached_property
    def _out(self) -> list[Release]:
        """The stable releases that are published."""
        return [r for r in self.known.facts.releases if not r.planned and not r.prerelease]

    def _known_as(self, text: str) -> Release | None:
        """Find the version, or an equal one, among all that is known of the product."""
        if text in self.snapshot.by_version:
            return self.snapshot.by_version[text]
        equal = [self.snapshot.by_version[each] for each in equal_versions(self.snapshot, text)]
        return next((each for each in equal if not each.planned), None)

    def _step(self) -> str | None:
        """Name the highest unit in which the version differs from the one before."""
        if self.release.units is None:
            return None
        if self.before is None or self.before.units is None:
            return STEPS[0]
        pairs = zip(STEPS, self.release.units, self.before.units, strict=True)
        return next((step for step, new, old in pairs if new != old), STEPS[-1])
