"""The shapes in which answers are served (design, section 6)."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from lifecycle.calendar.estimates import Estimate
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.policies import Response, Scope
from lifecycle.support.facts import DeclaredDay
from lifecycle.support.intervals import End
from lifecycle.support.simulation import ImpliedEnd
from lifecycle.support.status import Status
from lifecycle.support.supersession import Supersession
from lifecycle.support.upgrades import UpgradeTo

if TYPE_CHECKING:
    from lifecycle.policy.policies import Policy
    from lifecycle.support.status import Answer


class PolicyOut(msgspec.Struct, frozen=True):
    """The policy in force on the day asked about."""

    name: str
    version: str

    @classmethod
    def of(cls, policy: Policy | None) -> PolicyOut | None:
        """Name a policy; None where none was in force."""
        return cls(policy.name, policy.version) if policy else None


class SupportOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a tier gets: ``supported_until`` is the last day covered.

    ``projected_until`` estimates that day from the product's own cadence. ``at_least_until`` is the
    last day that is certain, where the end itself is not fixed yet.
    """

    status: Status
    supported_from: date | None
    supported_until: date | None
    end: End
    projected_until: Estimate | None
    at_least_until: date | UnsetType = UNSET
    reason: str

    @staticmethod
    def members(answer: Answer) -> dict[str, Any]:
        """Return the members that this struct and those that extend it take from an answer."""
        return {
            "status": answer.status,
            "supported_from": answer.supported_from,
            "supported_until": answer.supported_until,
            "end": answer.end,
            "projected_until": answer.projected_until,
            "at_least_until": answer.at_least_until or UNSET,
            "reason": answer.reason,
        }

    @classmethod
    def of(cls, answer: Answer) -> SupportOut:
        """Serve an answer as it is."""
        return cls(**cls.members(answer))


class DeprecationRefOut(msgspec.Struct, frozen=True):
    """A standing deprecation: ``effective_on`` is the first day it is in force for the tier.

    ``days_left`` counts from the day asked about; it is negative once that day has passed.
    """

    id: str
    kind: Kind
    effective_on: date
    days_left: int


class TierOut(SupportOut, frozen=True, kw_only=True):
    """What a tier gets for one version."""

    upgrade_to: UpgradeTo
    deprecations: tuple[DeprecationRefOut, ...] = ()


class VersionOut(msgspec.Struct, frozen=True, kw_only=True):
    """One version's answer for every tier.

    ``registered_on`` is the day it was entered here, which may lie after its release.
    """

    product: str
    version: str
    line: str | None
    at: date
    released_on: date | None
    planned_on: date | None
    registered_on: date | None
    tiers: dict[str, TierOut]
    policy: PolicyOut | None


class VersionTierOut(msgspec.Struct, frozen=True, kw_only=True):
    """One version's answer for one tier, in the members of ``VersionOut`` and ``TierOut``."""

    product: str
    version: str
    line: str | None
    tier: str
    at: date
    status: Status
    supported_from: date | None
    supported_until: date | None
    end: End
    projected_until: Estimate | None
    at_least_until: date | UnsetType = UNSET
    reason: str
    upgrade_to: UpgradeTo
    deprecations: tuple[DeprecationRefOut, ...] = ()
    released_on: date | None
    planned_on: date | None
    registered_on: date | None
    policy: PolicyOut | None


class LineOut(msgspec.Struct, frozen=True, kw_only=True):
    """A line's row of the matrix; a cell speaks for the line's newest release of that day."""

    line: str
    codename: str | None
    released_on: date | None
    latest: str | None
    lts: DeclaredDay | None
    tiers: dict[str, SupportOut]


class MatrixOut(msgspec.Struct, frozen=True, kw_only=True):
    """Every line and every tier on one day, the highest line first."""

    product: str
    at: date
    policy: PolicyOut | None
    lines: tuple[LineOut, ...]


class EntitlementsOut(msgspec.Struct, frozen=True, kw_only=True):
    """What comes with a tier; ``due`` is an instant in the policy's zone."""

    product: str
    tier: str
    at: date
    channels: tuple[str, ...]
    scope: Scope
    response: Response | None
    counting: str | None
    opened_at: datetime | None
    due: datetime | None
    policy: PolicyOut | None


class ChangeOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a tier gets for a line without and with the change."""

    line: str
    tier: str
    before: SupportOut | None
    after: SupportOut | None


class SimulationOut(msgspec.Struct, frozen=True, kw_only=True):
    """All that a change would do, as seen on the day ``at``."""

    product: str
    at: date
    changes: tuple[ChangeOut, ...]
    implied_ends: tuple[ImpliedEnd, ...]
    superseded: Supersession | None = None
    notes: tuple[str, ...] = ()
