"""What is asked of the local store most: a version's answer, and the policy in force.

They are answered with as few imports as that takes.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lifecycle.answers import versions
from lifecycle.calendar.days import parse_day
from lifecycle.cli.local_views import snapshot_of


def status(product: str, version: str, tier: str | None, at: str | None) -> Any:
    """Answer for a version, as ``GET …/versions/{version}`` does."""
    snapshot, today = snapshot_of(product)
    day = parse_day(at) if at else today
    if tier is None:
        return msgspec.to_builtins(versions.answer(snapshot, version, at=day, today=today))
    return msgspec.to_builtins(
        versions.answer_for_tier(snapshot, version, tier=tier, at=day, today=today)
    )


def policy(product: str, at: str | None) -> Any:
    """Give the document of the policy in force, as ``GET …/policy`` does."""
    from lifecycle.answers.entitlements import policy_in_force  # noqa: PLC0415 -- not for a status
    from lifecycle.policy.policy_documents import policy_document  # noqa: PLC0415

    snapshot, today = snapshot_of(product)
    day = parse_day(at) if at else today
    return policy_document(policy_in_force(snapshot, day))
