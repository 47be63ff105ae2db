"""What each attempted release would break, worked out from the vendor's own books.

The books are plain values, and share no code with the gate: what was released and announced, which
stages features have had, what customers run, and whom a worker has had the time to tell.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from testkit.simulation.vendor import TIERS, owed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from testkit.simulation.vendor import Change, Customer

WINDOW = 5
"""Enterprise has the newest five minors, Pro the newest release; the community is promised none."""


class Version(NamedTuple):
    """A version; the whole year has one major."""

    minor: int
    patch: int

    def __str__(self) -> str:
        return f"3.{self.minor}.{self.patch}"

    @property
    def line(self) -> str:
        return f"3.{self.minor}"

    @classmethod
    def read(cls, text: str) -> Version:
        _, minor, patch = text.split(".")
        return cls(int(minor), int(patch))


@dataclass
class Attempt:
    """A release that the vendor would like to make, and all that it would do."""

    version: Version
    removes: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    stages: dict[str, str] = field(default_factory=dict)
    drops: tuple[str, ...] = ()


@dataclass
class Books:
    """What the vendor knows when it asks; ``told`` are deprecations and accounts a worker saw to.

    ``stages`` are those of each feature, from a version on each; ``released`` are the versions that
    are out; ``leaders`` those of them that were the highest of all as they came out.
    """

    day: date
    released: list[Version]
    leaders: set[Version]
    stages: dict[str, list[tuple[str, Version]]]
    changes: list[Change]
    customers: list[Customer]
    told: set[tuple[str, str]]

    def broken_by(self, attempt: Attempt) -> set[str]:
        """Name the invariants that would not hold once the release is out."""
        if not self._is_newer(attempt.version):
            return {"the version is not newer"}
        return {
            *self._by_features(attempt),
            *self._by_stages(attempt),
            *self._by_drops(attempt),
            *self._untold(attempt),
        }

    def _is_newer(self, version: Version) -> bool:
        return all(each < version for each in self.released if each.line == version.line)

    def _by_features(self, attempt: Attempt) -> Iterator[str]:
        for key in attempt.removes:
            if self._promises_nothing(key):
                continue
            if attempt.version.patch:
                yield f"{key} is removed in a patch"
            yield from self._early(key, self._announced(key, "removal"))
        for key in attempt.breaks:
            if not self._promises_nothing(key):
                yield from self._early(key, self._announced(key, "removal", "breaking_change"))

    def _by_stages(self, attempt: Attempt) -> Iterator[str]:
        for key in self._lowered(attempt):
            yield from self._early(key, self._announced(key, "removal", "breaking_change"))

    def _lowered(self, attempt: Attempt) -> Iterator[str]:
        below = [each for each in self.released if each < attempt.version]
        for key, stage in attempt.stages.items():
            if stage == "beta" and self.stage_in(key, max(below)) == "ga":
                yield key

    def _early(self, key: str, change: Change | None) -> Iterator[str]:
        """Say why a change of a feature may not happen on this day."""
        if change is None:
            yield f"nobody announced what happens to {key}"
            return
        for tier in TIERS:
            if tier not in change.days:
                yield f"{tier} is not told what happens to {key}"
            elif self.day < change.days[tier]:
                yield f"{tier} was promised {key} until {change.days[tier]}"
            elif not change.waived and self.day < owed(change.kind, tier, change.announced_on):
                yield f"{tier} is owed more notice of what happens to {key}"

    def _by_drops(self, attempt: Attempt) -> Iterator[str]:
        for line in attempt.drops:
            change = self._end_of(line)
            for tier in TIERS[1:]:
                if change is not None and change.waived and change.days[tier] <= self.day:
                    continue
                ahead = change is not None and self.day < change.days[tier]
                if self._in_window(line, tier, attempt) or (
                    ahead and self._had(line, tier, attempt)
                ):
                    yield f"{tier} still has {line}"
                elif ahead:
                    yield f"{tier} was told that {line} ends later"

    def _in_window(self, line: str, tier: str, attempt: Attempt) -> bool:
        out = [*self.released, attempt.version]
        if tier == "enterprise":
            minors = sorted({each.minor for each in out})[-WINDOW:]
            return line in {f"3.{minor}" for minor in minors}
        return line == max(out).line

    def _had(self, line: str, tier: str, attempt: Attempt) -> bool:
        """Say whether an announced end prolongs a line: only what a tier has had goes on."""
        out = [*self.released, attempt.version]
        newest = max(each for each in out if each.line == line)
        return tier == "enterprise" or newest in self.leaders or newest == max(out)

    def _untold(self, attempt: Attempt) -> Iterator[str]:
        for change in self._carried_out(attempt):
            for customer in self.customers:
                if change.concerns(customer) and (change.uid, customer.slug) not in self.told:
                    yield f"{customer.slug} was not told of {change.feature or change.lines}"

    def _carried_out(self, attempt: Attempt) -> Iterator[Change]:
        """Give the announcements that a release rests on."""
        for key in attempt.removes:
            if not self._promises_nothing(key):
                yield from self._standing(key, "removal")
        for key in attempt.breaks:
            if not self._promises_nothing(key):
                yield from self._standing(key, "removal", "breaking_change")
        for key in self._lowered(attempt):
            yield from self._standing(key, "removal", "breaking_change")
        for line in {*attempt.drops, *self._pushed_out(attempt)}:
            if (change := self._end_of(line)) is not None:
                yield change

    def _pushed_out(self, attempt: Attempt) -> Iterator[str]:
        """Give the lines that a new minor pushes out of Enterprise's and of Pro's window."""
        minors = sorted({each.minor for each in self.released})
        if attempt.version.minor > minors[-1]:
            yield f"3.{minors[-WINDOW]}"
            yield f"3.{minors[-1]}"

    def _standing(self, key: str, *kinds: str) -> Iterator[Change]:
        for change in self.changes:
            if change.feature == key and change.kind in kinds and not change.withdrawn:
                yield change

    def _announced(self, key: str, *kinds: str) -> Change | None:
        return next(self._standing(key, *kinds), None)

    def _end_of(self, line: str) -> Change | None:
        ends = (c for c in self.changes if c.kind == "end_of_support" and not c.withdrawn)
        return next((change for change in ends if line in change.lines), None)

    def _promises_nothing(self, key: str) -> bool:
        """Say whether a feature was never more than beta in what is covered or run."""
        minors = sorted({each.minor for each in self.released})[-WINDOW:]
        covered = {f"3.{minor}" for minor in minors}
        covered |= {
            line
            for change in self.changes
            if change.kind == "end_of_support" and not change.withdrawn
            for line in change.lines
            if self.day < max(change.days.values())
        }
        held = {self.stage_in(key, each) for each in self.released if each.line in covered}
        held |= {self.stage_in(key, Version.read(customer.version)) for customer in self.customers}
        return "ga" not in held

    def stage_in(self, key: str, version: Version) -> str | None:
        begun = [(since, stage) for stage, since in self.stages[key] if since <= version]
        return max(begun)[1] if begun else None
