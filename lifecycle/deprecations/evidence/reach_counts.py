"""How many accounts a deprecation reaches, and what became of its notices to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import exists, func, select

from lifecycle.accounts.models import Account
from lifecycle.deprecations.models import Recipient
from notifications.models import Delivery

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.ext.asyncio import AsyncSession


class ReachCounts(msgspec.Struct, frozen=True):
    """Accounts that were told, and were not; acknowledged and moved are separate facts."""

    told: int = 0
    not_told: int = 0
    acknowledged: int = 0
    moved: int = 0


async def count_reach(
    session: AsyncSession, deprecations: Collection[int]
) -> dict[int, ReachCounts]:
    """Count the accounts that deprecations reach, by the deprecations' numbers."""
    was_notified = exists().where(
        Delivery.owner == Account.slug,
        Delivery.thread == Recipient.deprecation_id,
        Delivery.delivered_at.is_not(None),
    )
    statement = (
        select(
            Recipient.deprecation_id,
            func.count().filter(was_notified),
            func.count(),
            func.count(Recipient.acknowledged_at),
            func.count(Recipient.moved_on),
        )
        .select_from(Recipient)
        .join(Account, Account.id == Recipient.account_id)
        .where(Recipient.deprecation_id.in_(deprecations))
        .group_by(Recipient.deprecation_id)
    )
    counts = dict.fromkeys(deprecations, ReachCounts())
    for number, reached, total, acknowledged, moved in await session.execute(statement):
        counts[number] = ReachCounts(reached, total - reached, acknowledged, moved)
    return counts
