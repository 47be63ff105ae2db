"""What subscriptions are about, where it changes its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from notifications.models import SubscriptionTopic

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


async def rename_topic(session: AsyncSession, former: str, topic: str) -> None:
    """Have subscriptions to a topic follow its new name; those that have both keep one."""
    having_both = select(SubscriptionTopic.subscription_id).where(SubscriptionTopic.topic == topic)
    of_former = SubscriptionTopic.topic == former
    await session.execute(
        delete(SubscriptionTopic).where(
            of_former, SubscriptionTopic.subscription_id.in_(having_both)
        )
    )
    await session.execute(update(SubscriptionTopic).where(of_former).values(topic=topic))
