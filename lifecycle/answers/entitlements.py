"""Entitlements: what comes with a tier beside covered versions, and when a response is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.answers.response_structs import EntitlementsOut, PolicyOut
from lifecycle.calendar.zones import local_day
from lifecycle.errors import NotFound
from lifecycle.policy.tier_entitlements import entitlements

if TYPE_CHECKING:
    from datetime import date, datetime

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.policy.policies import Policy


class NoPolicy(NotFound):
    """No policy of this product is in force on that day."""


def policy_in_force(snapshot: Snapshot, day: date) -> Policy:
    """Return the policy in force on a day, or raise ``NoPolicy``."""
    policy = snapshot.policy_on(day)
    if policy is None:
        raise NoPolicy(f"{snapshot.slug} has no support policy in force on {day}.")
    return policy


def entitled(
    snapshot: Snapshot, *, tier: str, opened_at: datetime | None, now: datetime
) -> EntitlementsOut:
    """Return a tier's entitlements under the policy of today, or of when a request was opened."""
    at = local_day(opened_at or now, snapshot.zone(now))
    policy = policy_in_force(snapshot, at)
    entitled_to = entitlements(policy, tier, opened_at)
    return EntitlementsOut(
        product=snapshot.slug,
        tier=entitled_to.tier,
        at=at,
        channels=entitled_to.channels,
        scope=entitled_to.scope,
        response=entitled_to.response,
        counting=entitled_to.counting,
        opened_at=opened_at,
        due=entitled_to.due,
        policy=PolicyOut.of(policy),
    )
