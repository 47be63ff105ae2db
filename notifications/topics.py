"""What subscriptions are about, and what becomes of them where it changes its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, select, update

from notifications.models import Subscription, SubscriptionTopic

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement
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


def is_about(topics: Collection[str]) -> ColumnElement[bool]:
    """Select the subscriptions that want one of some topics."""
    return exists().where(
        SubscriptionTopic.subscription_id == Subscription.id, SubscriptionTopic.topic.in_(topics)
    )
