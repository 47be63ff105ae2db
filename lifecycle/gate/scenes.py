"""Scenes: all that the gate's rules look at, gathered before any of them is asked (pure).

A scene holds facts and answered questions, no verdicts: what is owed to whom, what is announced,
who was told. Its days are local days of the policy's zone; an effective day is the first on which
a change is in force.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from lifecycle.calendar.lengths import Length
from lifecycle.gate.manifests import Manifest
from lifecycle.policy.lead_times import Owed
from lifecycle.policy.notice_periods import BestEffort, Kind
from lifecycle.policy.policies import Policy
from lifecycle.policy.stages import Stage
from lifecycle.policy.windows import Granularity
from lifecycle.support.supersession import Supersession

if TYPE_CHECKING:
    from collections.abc import Collection

BEST_EFFORT = str(BestEffort())


class CatalogueState(StrEnum):
    """What the catalogue has of a version that the manifest names."""

    PLANNED = "planned"
    RELEASED = "released"


class Version(msgspec.Struct, frozen=True):
    """The version to be released, at its place among the product's releases.

    ``fault`` says why the scheme cannot read it; the rest is empty then. ``known`` is given where
    the catalogue has that very version, or an equal one, ``known_as``.
    ``newest_in_line`` is the highest stable release of its line, ``before`` the highest one below
    it; ``newer`` says whether it is above the first. ``step`` is the highest unit in which it
    differs from the one before: major, minor or patch; None where the scheme has no units.
    It is ``unplaced`` where the product has declared lines, and it belongs to none of them.
    ``semantic`` schemes promise that only a major (or, before 1.0, a minor) breaks.
    """

    text: str
    fault: str | None = None
    prerelease: bool = False
    line: str | None = None
    newest_in_line: str | None = None
    newer: bool = True
    known: CatalogueState | None = None
    known_as: str | None = None
    before: str | None = None
    step: Granularity | None = None
    initial: bool = False
    semantic: bool = False
    unplaced: bool = False


class Audience(msgspec.Struct, frozen=True):
    """Who was told of an announcement; counts of accounts by tier, tiers without any left out.

    ``not_told`` are affected, with neither a delivery nor a recorded reason; ``told_late`` were
    affected at the announcement and had fewer days than promised, counted from the first attempt
    at an address they had given. ``unfilled`` says that recipients are still being written down.
    """

    affected: dict[str, int] = {}
    not_told: dict[str, int] = {}
    told_late: dict[str, int] = {}
    fewest_days: int | None = None
    promised_days: int | None = None
    unfilled: bool = False

    def joined(self, added: Audience, tiers: Collection[str]) -> Audience:
        """Add the counts that another audience has of these tiers."""

        def both(own: dict[str, int], further: dict[str, int]) -> dict[str, int]:
            return {**own, **{tier: count for tier, count in further.items() if tier in tiers}}

        lacking = [audience for audience in (self, added) if audience.fewest_days is not None]
        worst = min(lacking, key=lambda audience: audience.fewest_days or 0, default=self)
        return Audience(
            affected=both(self.affected, added.affected),
            not_told=both(self.not_told, added.not_told),
            told_late=both(self.told_late, added.told_late),
            fewest_days=worst.fewest_days,
            promised_days=worst.promised_days,
            unfilled=self.unfilled or added.unfilled,
        )


class Announcement(msgspec.Struct, frozen=True):
    """A standing deprecation, with the effective day of each tier.

    ``owed`` is what its tiers are owed counted from its announcement, as known today. ``waiver``
    is the one under which it broke a promise, ``reached`` says whether the version to be released
    is at or above the ``from_version`` it names.
    """

    uid: str
    kind: Kind
    announced_on: date
    days: dict[str, date]
    owed: tuple[Owed, ...] = ()
    from_version: str | None = None
    reached: bool = True
    replacement: str | None = None
    migration: bool = False
    waiver: Waiver | None = None
    audience: Audience = Audience()

    @property
    def effective_on(self) -> date:
        """The day on which it is in force for every tier."""
        return max(self.days.values())


class Waiver(msgspec.Struct, frozen=True):
    """A recorded decision to let a rule be broken, until its last day; revoked ones are left out.

    ``rule`` and ``subject`` are None where it is for a deprecation.
    """

    uid: str
    person: str
    reason: str
    explanation: str
    until: date
    rule: str | None = None
    subject: str | None = None


class Replacement(msgspec.Struct, frozen=True):
    """What an announcement names to use instead; ``stage`` is what it is in the release to come.

    ``feature`` is False where the name is none of a feature, but words for people.
    """

    name: str
    feature: bool = True
    stage: Stage | None = None


class FeatureChange(msgspec.Struct, frozen=True):
    """A feature that the release removes or breaks.

    ``stage`` is the highest it has had in any release that is covered or run; ``gone`` that it is
    removed already. ``owed`` is what each of its tiers is owed were it announced on the day asked.
    ``announced`` is the standing announcement of the change, ``running`` counts the accounts that
    use it today, by tier.
    """

    key: str
    path: tuple[str | int, ...] = ()
    stage: Stage | None = None
    gone: bool = False
    owed: tuple[Owed, ...] = ()
    announced: Announcement | None = None
    replacement: Replacement | None = None
    running: dict[str, int] = {}

    @property
    def exempt(self) -> bool:
        """Whether no tier is owed any notice; where nobody knows, some is."""
        return bool(self.owed) and all(period.period is None for period in self.owed)

    @property
    def best_effort(self) -> bool:
        """Whether no tier is owed more than a word before."""
        return all(period.period in {None, BEST_EFFORT} for period in self.owed)


class Unregistered(msgspec.Struct, frozen=True):
    """A feature that the manifest removes or breaks, and that the product does not have.

    ``nearest`` are the features of the product whose keys are most alike, at most three.
    """

    key: str
    path: tuple[str | int, ...] = ()
    removed: bool = False
    nearest: tuple[str, ...] = ()


class StageMove(msgspec.Struct, frozen=True):
    """A stage that the release gives a feature.

    ``before`` is the highest stage that it promises without the release, in the version before or
    in any that is covered or run; ``ever`` are all it has had. ``broken`` is a breaking change of
    it that is announced, ``owed`` what each tier is owed before one announced on the day asked.
    """

    key: str
    to: Stage
    path: tuple[str | int, ...] = ()
    before: Stage | None = None
    ever: frozenset[Stage] = frozenset()
    broken: Announcement | None = None
    owed: tuple[Owed, ...] = ()


class LineEnd(msgspec.Struct, frozen=True):
    """An end of support that the release causes by pushing a line out of a tier's window.

    ``owed`` is what the tier is owed were it announced on the day asked; ``accounts`` counts those
    of the tier that run the line. ``waivable`` subject is the line's name.
    """

    line: str
    tier: str
    effective_on: date
    reason: str
    accounts: int = 0
    owed: Owed | None = None
    announced: Announcement | None = None


class Drop(msgspec.Struct, frozen=True):
    """A line that the manifest drops, and what a tier still has of it on the release's day.

    ``covered`` is None if not declared; ``projected_until`` estimates a last day not yet fixed.
    """

    line: str
    tier: str
    covered: bool | None
    path: tuple[str | int, ...] = ()
    supported_until: date | None = None
    projected_until: date | None = None
    reason: str = ""
    accounts: int = 0
    owed: Owed | None = None
    announced: Announcement | None = None


class Overdue(msgspec.Struct, frozen=True):
    """A feature whose announced removal has taken effect for all tiers, and that is still there."""

    key: str
    announced: Announcement


class Experiment(msgspec.Struct, frozen=True):
    """A feature in a pre-GA stage since a day, beside the lifetime the policy expects of it."""

    key: str
    stage: Stage
    since: date
    lifetime: Length


class Dependence(msgspec.Struct, frozen=True):
    """A feature that goes or is deprecated, though others need it.

    ``needed_by`` depend on it; ``replaces`` are features whose announced replacement it is.
    ``removed`` says that this very release removes it.
    """

    key: str
    removed: bool
    needed_by: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    path: tuple[str | int, ...] = ()


class Sync(msgspec.Struct, frozen=True):
    """A declared source of the catalogue's facts, and the day of its last successful sync."""

    source: str
    synced_on: date | None


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """A release, as it is about to go out on ``day``, seen on the day ``at``.

    ``policy`` is the one in force on ``at``; without one, and where the version cannot be read,
    nothing else is known. ``first_policy_on`` is the day of the first policy of all.
    """

    manifest: Manifest
    at: date
    day: date
    version: Version
    policy: Policy | None = None
    first_policy_on: date | None = None
    syncs: tuple[Sync, ...] = ()
    removals: tuple[FeatureChange, ...] = ()
    breaks: tuple[FeatureChange, ...] = ()
    unregistered: tuple[Unregistered, ...] = ()
    uncompared: tuple[FeatureChange, ...] = ()
    stages: tuple[StageMove, ...] = ()
    ends: tuple[LineEnd, ...] = ()
    drops: tuple[Drop, ...] = ()
    superseded: Supersession | None = None
    overdue: tuple[Overdue, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    dependences: tuple[Dependence, ...] = ()
    waivers: tuple[Waiver, ...] = ()
