"""Where an owner wants its notices.

Every change is told to ``record``, with addresses only as digests. What waits to be delivered
follows: it is held while an address is disabled, and cancelled once nobody listens there any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select
from sqlalchemy.orm import selectinload

from notifications import replays
from notifications.addresses import check_address, check_topics
from notifications.channels import CHANNELS, find_channel, hides_address
from notifications.errors import ChangeRefusedError, UnknownSubscriptionError
from notifications.events import Event, Record, Vault
from notifications.identity import digest
from notifications.models import Subscription, SubscriptionState, SubscriptionTopic
from notifications.outbox import TOLD
from notifications.sealing import opens
from notifications.secrets import new_webhook_secret
from notifications.subscription_rows import (
    GONE,
    new_values,
    record_change,
    subscription_details,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

FORMER_SECRET_FOR = timedelta(hours=24)


class Added(NamedTuple):
    """A subscription, whether it is new, and a new webhook's secret: shown now and never again."""

    subscription: Subscription
    new: bool
    secret: str | None


async def add(  # noqa: PLR0913 -- keyword-only ones read well
    session: AsyncSession,
    owner: str,
    *,
    channel: str,
    address: str,
    topics: Sequence[str],
    now: datetime,
    record: Record,
    vault: Vault | None = None,
    confirmed: bool = False,
    operator: bool = False,
    allow_http: bool = False,
) -> Added:
    """Let an owner be told at an address; topics add up where it is told there already.

    An e-mail address waits for its confirmation unless the caller vouches for it (``confirmed``).
    Who unsubscribed is not subscribed again by somebody vouching, but by asking and confirming.
    Without a vault a webhook has no secret until one is made by ``rotate_secret``.
    """
    check_address(channel, address, operator=operator, allow_http=allow_http)
    wanted_topics = check_topics(topics)
    address = find_channel(channel).normalize(address)
    existing = await _find(session, owner, channel, digest(address))
    if (
        existing is not None
        and hides_address(channel)
        and vault
        and not opens(vault, existing.address)
    ):
        existing.address = vault.encrypt(address)  # its key was lost
    if existing is not None and existing.state not in GONE:
        await _widen(session, existing, wanted_topics, record)
        return Added(existing, new=False, secret=None)
    if existing is not None and existing.unsubscribed_at is not None and confirmed:
        return Added(existing, new=False, secret=None)
    subscription = existing or Subscription(
        **new_values(owner, channel, address, vault, now=now), wanted=[]
    )
    secret = new_webhook_secret() if find_channel(channel).signs and vault else None
    _start(subscription, confirmed=confirmed, now=now)
    subscription.secret = vault.encrypt(secret) if vault and secret else None
    subscription.former_secret = subscription.former_secret_until = None
    if existing is None:
        session.add(subscription)
    _set_topics(subscription, wanted_topics)
    await session.flush()
    details = subscription_details(subscription) | {
        "topics": wanted_topics,
        "state": subscription.state,
    }
    await record(session, Event(owner, "subscription.added", details))
    return Added(subscription, new=True, secret=secret)


async def list_of(
    session: AsyncSession, owner: str, *, with_gone: bool = False
) -> list[Subscription]:
    """Return an owner's subscriptions, the oldest first; those gone only ``with_gone``."""
    statement = select(Subscription).where(Subscription.owner == owner).order_by(Subscription.id)
    if not with_gone:
        statement = statement.where(_is_kept())
    return list((await session.scalars(statement.options(WITH_TOPICS))).all())


async def get(
    session: AsyncSession, owner: str | None, uid: str, *, lock: bool = False
) -> Subscription:
    """Return a subscription that was not removed; of any owner where none is named."""
    statement = select(Subscription).where(Subscription.uid == uid, _is_kept())
    if owner is not None:
        statement = statement.where(Subscription.owner == owner)
    if lock:
        statement = statement.with_for_update(key_share=True).execution_options(
            populate_existing=True
        )
    subscription = await session.scalar(statement.options(WITH_TOPICS))
    if subscription is None:
        raise UnknownSubscriptionError.of(uid)
    return subscription


async def change_topics(
    session: AsyncSession, subscription: Subscription, topics: Sequence[str], *, record: Record
) -> None:
    """Tell the address about these topics from now on, and no others."""
    checked = check_topics(topics)
    if checked == subscription.topics:
        return
    _set_topics(subscription, checked)
    await record_change(session, subscription, "changed", record, topics=checked)


async def rotate_secret(
    session: AsyncSession,
    subscription: Subscription,
    *,
    vault: Vault,
    now: datetime,
    record: Record,
) -> str:
    """Give a webhook a new secret; messages are signed with the former too for a day."""
    if not find_channel(subscription.channel).signs:
        signing = " or ".join(channel.name for channel in CHANNELS.values() if channel.signs)
        raise ChangeRefusedError(f"Only a {signing} has a secret")
    secret = new_webhook_secret()
    former = subscription.secret if opens(vault, subscription.secret) else None
    subscription.former_secret = former
    subscription.former_secret_until = now + FORMER_SECRET_FOR if former else None
    subscription.secret = vault.encrypt(secret)
    await record_change(session, subscription, "secret_rotated", record)
    return secret


async def confirm(
    session: AsyncSession,
    subscription: Subscription,
    *,
    now: datetime,
    record: Record,
    vouched: bool = False,
) -> bool:
    """Take it that the address's reader wants this, and say whether that is new.

    Somebody else may vouch for that (``vouched``), unless the reader has unsubscribed before.
    """
    check_confirmable(subscription)
    if vouched and subscription.unsubscribed_at is not None:
        raise ChangeRefusedError("Its reader unsubscribed; only the link sent there confirms it")
    if subscription.state != SubscriptionState.PENDING:
        return False
    subscription.state = SubscriptionState.ACTIVE
    subscription.confirmed_at = now
    subscription.unsubscribed_at = None
    await record_change(session, subscription, "confirmed", record)
    return True


def check_confirmable(subscription: Subscription) -> None:
    """Refuse to take an unsubscribed address as confirmed: an old link subscribes nobody."""
    if subscription.state == SubscriptionState.UNSUBSCRIBED:
        raise ChangeRefusedError("This address was unsubscribed since; subscribe it again")


async def unsubscribe(
    session: AsyncSession, subscription: Subscription, *, now: datetime, record: Record
) -> None:
    """Honour that the reader wants no more; done again it changes nothing."""
    subscription.unsubscribed_at = now
    await _end(session, subscription, SubscriptionState.UNSUBSCRIBED, record, now=now)


async def remove(
    session: AsyncSession, subscription: Subscription, *, now: datetime, record: Record
) -> None:
    """Forget the address and its secrets as far as the evidence of what went there allows.

    That its reader unsubscribed is never forgotten: nobody may vouch for it afterwards either.
    """
    subscription.secret = subscription.former_secret = subscription.former_secret_until = None
    if subscription.state == SubscriptionState.UNSUBSCRIBED:
        _set_topics(subscription, [])
        await record_change(session, subscription, "removed", record)
        return
    await _end(session, subscription, SubscriptionState.REMOVED, record, now=now)


WITH_TOPICS = selectinload(Subscription.wanted)


async def _find(
    session: AsyncSession, owner: str, channel: str, address_digest: str
) -> Subscription | None:
    statement = select(Subscription).where(
        Subscription.owner == owner,
        Subscription.channel == channel,
        Subscription.address_digest == address_digest,
    )
    statement = statement.options(WITH_TOPICS)
    subscription = await session.scalar(statement)
    if subscription is None or subscription.state in TOLD:
        return subscription
    # Its state may be about to change, so the link that unsubscribes has to come before or after.
    locked = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    return await session.scalar(locked)


def _is_kept() -> ColumnElement[bool]:
    """Select what was not removed; what was both unsubscribed and removed has no topics."""
    topics = exists().where(SubscriptionTopic.subscription_id == Subscription.id)
    unsubscribed = Subscription.state == SubscriptionState.UNSUBSCRIBED
    return and_(Subscription.state != SubscriptionState.REMOVED, or_(not_(unsubscribed), topics))


def _start(subscription: Subscription, *, confirmed: bool, now: datetime) -> None:
    sure = confirmed or not find_channel(subscription.channel).asks_reader
    subscription.state = SubscriptionState.ACTIVE if sure else SubscriptionState.PENDING
    subscription.confirmed_at = now if sure else None
    subscription.disabled_at = subscription.disabled_reason = subscription.failing_since = None
    subscription.paused_at = None
    subscription.revision = (subscription.revision or 0) + 1


async def _widen(
    session: AsyncSession, subscription: Subscription, topics: Sequence[str], record: Record
) -> None:
    checked = check_topics([*subscription.topics, *topics])
    if checked != subscription.topics:
        await change_topics(session, subscription, checked, record=record)


async def _end(
    session: AsyncSession,
    subscription: Subscription,
    state: SubscriptionState,
    record: Record,
    *,
    now: datetime,
) -> None:
    if subscription.state == state:
        return
    subscription.state = state
    await record_change(session, subscription, state.value, record)
    await replays.drop(session, subscription.id, f"the address was {state.value}", now=now)


def _set_topics(subscription: Subscription, topics: Sequence[str]) -> None:
    kept_topics = {topic_row.topic: topic_row for topic_row in subscription.wanted}
    subscription.wanted = [
        kept_topics.get(topic) or SubscriptionTopic(topic=topic) for topic in topics
    ]
