"""What a customer may expect of a tier: channels, scope, and by when an answer is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from lifecycle.calendar.business import due
from lifecycle.calendar.zones import zone
from lifecycle.errors import BadRequest, Problem
from lifecycle.policy.business_hour_words import business_hours_in_words
from lifecycle.policy.policies import Policy, Response, Scope


class Entitlements(msgspec.Struct, frozen=True):
    """What a tier gives; ``channels`` are those of lower ranks, then its own.

    ``due`` is an instant in the policy's zone; ``counting`` says in words how time is counted.
    """

    tier: str
    channels: tuple[str, ...]
    scope: Scope
    response: Response | None = None
    due: datetime | None = None
    counting: str | None = None


def entitlements(policy: Policy, tier: str, opened_at: datetime | None = None) -> Entitlements:
    """Give what a tier is entitled to, and for a request opened at an instant, when to answer."""
    terms = policy.tier(tier)
    included = [tier for tier in policy.tiers if tier.rank <= terms.rank]
    channels = dict.fromkeys(channel for tier in included for channel in tier.channels)
    response = terms.response
    return Entitlements(
        tier=terms.name,
        channels=tuple(channels),
        scope=terms.scope,
        response=response,
        due=_due(policy, response, opened_at) if response and opened_at else None,
        counting=_counting(policy, response) if response else None,
    )


def _due(policy: Policy, response: Response, opened_at: datetime) -> datetime:
    if opened_at.tzinfo is None:
        raise _unusable(opened_at, "has no offset; add one, such as `Z` or `-05:00`")
    local = zone(policy.timezone)
    try:
        if response.business_days is None:
            late = opened_at.astimezone(UTC) + timedelta(hours=response.hours or 0)
        elif policy.business_hours:
            late = due(opened_at, response.business_days, policy.business_hours)
        else:
            late = opened_at.astimezone(local) + timedelta(days=response.business_days)
        # By way of UTC, so that a time the clocks skip becomes the one they show.
        return late.astimezone(UTC).astimezone(local)
    except OverflowError:
        raise _unusable(opened_at, "lies too close to the calendar's end") from None


def _unusable(opened_at: datetime, fault: str) -> BadRequest:
    value = opened_at.isoformat()
    return BadRequest(
        f"opened_at {value} {fault}.", problems=[Problem("opened_at", fault, value=value)]
    )


def _counting(policy: Policy, response: Response) -> str:
    if response.business_days is None:
        return "Hours count by the clock, day and night."
    if policy.business_hours is None:
        return (
            "The policy states no business hours, so every day counts, around the clock, "
            f"in {policy.timezone}."
        )
    hours = business_hours_in_words(policy.business_hours, policy.timezone)
    return f"Business hours are {hours}."
