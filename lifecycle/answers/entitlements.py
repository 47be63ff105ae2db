"""Entitlements: what comes with a tier beside covered versions, and when a response is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.answers.outs import EntitlementsOut, PolicyOut
from lifecycle.calendar.zones import local_day
from lifecycle.errors import BadRequest, NotFound, Problem
from lifecycle.policy.entitlements import entitlements

if TYPE_CHECKING:
    from datetime import datetime

    from lifecycle.answers.snapshots import Snapshot


class NoPolicy(NotFound):
    """No policy of this product is in force on that day."""


def entitled(
    snapshot: Snapshot, *, tier: str, opened_at: datetime | None, now: datetime
) -> EntitlementsOut:
    """Give a tier's entitlements under the policy in force today, or when a request was opened."""
    _check_offset(opened_at)
    at = local_day(opened_at or now, snapshot.zone(now))
    policy = snapshot.policy_on(at)
    if policy is None:
        raise NoPolicy(f"{snapshot.slug} has no support policy in force on {at}.")
    found = entitlements(policy, tier, opened_at)
    return EntitlementsOut(
        product=snapshot.slug,
        tier=found.tier,
        at=at,
        channels=found.channels,
        scope=found.scope,
        response=found.response,
        counting=found.counting,
        opened_at=opened_at,
        due=found.due,
        policy=PolicyOut.of(policy),
    )


def _check_offset(opened_at: datetime | None) -> None:
    """Refuse a time of day that could be anywhere."""
    if opened_at is None or opened_at.tzinfo is not None:
        return
    given = opened_at.isoformat()
    problem = Problem("opened_at", "has no offset", value=given, allowed=f"{given}Z")
    raise BadRequest(
        f"opened_at {given!r} does not say where it is; add its offset, such as Z or -05:00.",
        problems=[problem],
    )
