"""Which policy is in force when, and which may follow another."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from lifecycle.calendar.zones import local_day, stored_zone
from lifecycle.errors import Conflict, Problem
from lifecycle.policy.policies import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet
    from zoneinfo import ZoneInfo

CORRECTABLE_FOR = timedelta(hours=24)


class InForceFrom(Protocol):
    """Anything that is in force from a day on."""

    @property
    def in_force_from(self) -> date:
        """The first day."""


class Zoned(InForceFrom, Protocol):
    """Anything that is in force from a day of its own time zone on."""

    @property
    def timezone(self) -> str:
        """The zone's IANA name."""


P = TypeVar("P", bound=InForceFrom)
Z = TypeVar("Z", bound=Zoned)


class PolicyConflict(Conflict):
    """The policy may not follow those before it."""


class Step(StrEnum):
    """What entering a policy does."""

    FIRST = "first"
    UNCHANGED = "unchanged"
    REPLACES = "replaces"
    SUCCEEDS = "succeeds"


class Entered(msgspec.Struct, frozen=True):
    """A policy as it stands in the store; ``relied_on`` once a notice rests on it."""

    policy: Policy
    registered_at: datetime
    relied_on: bool = False


def in_force(policies: Iterable[P], day: date) -> P | None:
    """Give the policy in force on a day; ``None`` before the first."""
    begun = [policy for policy in policies if policy.in_force_from <= day]
    return max(begun, key=_starts, default=None)


def in_force_or_first(policies: Sequence[P], day: date) -> P | None:
    """Give the policy in force on a day, or before the first, that one; ``None`` without any."""
    return in_force(policies, day) or _first(policies)


def in_force_at(policies: Iterable[Z], now: datetime) -> Z | None:
    """Give the policy in force at an instant, each in its own zone; ``None`` before the first."""
    begun = [p for p in policies if p.in_force_from <= local_day(now, stored_zone(p.timezone))]
    return max(begun, key=_starts, default=None)


def zone_at(policies: Sequence[Zoned], now: datetime) -> ZoneInfo:
    """Give the zone in which days are counted at an instant, by which "today" is meant.

    It is that of the policy in force, or before the first, of that one; UTC without any.
    """
    policy = in_force_at(policies, now) or _first(policies)
    return stored_zone(policy.timezone if policy else "UTC")


def registration_zone(policies: Iterable[Zoned]) -> ZoneInfo:
    """Give the zone in which days of registration are counted: the last policy's, or UTC.

    It does not depend on when it is asked, so that what is known may be kept.
    """
    policy = max(policies, key=_starts, default=None)
    return stored_zone(policy.timezone if policy else "UTC")


def check_successor(
    existing: Sequence[Entered],
    new: Policy,
    *,
    today: date,
    now: datetime,
    tiers_in_use: AbstractSet[str] = frozenset(),
) -> Step:
    """Say what entering a policy does, or refuse it as a ``PolicyConflict``.

    ``existing`` are the policies that stand, without those replaced; ``today`` is the day in the
    new policy's zone; ``tiers_in_use`` are the tiers that the product's accounts have.
    """
    corrected = next(
        (entered for entered in existing if entered.policy.version == new.version), None
    )
    if corrected and corrected.policy == new:
        return Step.UNCHANGED
    if corrected:
        _refuse_late_correction(corrected, today=today, now=now)
    standing = [entered.policy for entered in existing if entered is not corrected]
    _refuse_past_start(new, standing, corrected, today)
    _refuse_shared_day(new, standing)
    _refuse_dropped_tiers(new, standing, corrected, tiers_in_use)
    if corrected:
        return Step.REPLACES
    return Step.SUCCEEDS if standing else Step.FIRST


def why_fixed(entered: Entered, *, today: date, now: datetime) -> str | None:
    """Say why a policy can only be succeeded; None while it may be replaced."""
    if entered.relied_on:
        return "a notice rests on it"
    if entered.policy.in_force_from <= today and now - entered.registered_at > CORRECTABLE_FOR:
        return "it has been in force and was entered more than 24 hours ago"
    return None


def _refuse_late_correction(corrected: Entered, *, today: date, now: datetime) -> None:
    policy, why = corrected.policy, why_fixed(corrected, today=today, now=now)
    if why is None:
        return
    raise _conflict(
        "version",
        f"version {policy.version} of the policy has other content and can no longer be replaced:"
        f" {why}; enter the change under a new version",
        policy.version,
    )


def _refuse_past_start(
    new: Policy, standing: Sequence[Policy], corrected: Entered | None, today: date
) -> None:
    """Let a first policy start in the past, and so the correction of one that did."""
    starts = new.in_force_from
    if not standing or starts >= today or (corrected and corrected.policy.in_force_from == starts):
        return
    raise _conflict(
        "in_force_from",
        f"{starts} lies in the past, and only a product's first policy may start there;"
        f" start on {today} or later",
        starts.isoformat(),
        allowed=f"{today} or later",
    )


def _refuse_shared_day(new: Policy, standing: Sequence[Policy]) -> None:
    for policy in standing:
        if policy.in_force_from == new.in_force_from:
            raise _conflict(
                "in_force_from",
                f"version {policy.version} starts on {policy.in_force_from} too; start on another"
                f" day, or correct version {policy.version} under its own number",
                new.in_force_from.isoformat(),
            )


def _refuse_dropped_tiers(
    new: Policy, standing: Sequence[Policy], corrected: Entered | None, in_use: AbstractSet[str]
) -> None:
    before = in_force(standing, new.in_force_from)
    followed = [policy for policy in (before, corrected.policy if corrected else None) if policy]
    remaining = {tier.name for tier in new.tiers}
    names = {tier.name for policy in followed for tier in policy.tiers}
    if dropped := sorted((names - remaining) & in_use):
        raise _conflict(
            "tiers",
            f"accounts still have {' and '.join(dropped)}, which this policy drops; move them to"
            " other tiers first, or keep the tier",
            ", ".join(sorted(remaining)),
        )


def _conflict(
    field: str, message: str, value: str, *, allowed: str | None = None
) -> PolicyConflict:
    problem = Problem(field, message, value=value, allowed=allowed)
    return PolicyConflict(f"{message[:1].upper()}{message[1:]}.", problems=[problem])


def _starts(policy: InForceFrom) -> date:
    return policy.in_force_from


def _first(policies: Iterable[P]) -> P | None:
    return min(policies, key=_starts, default=None)
