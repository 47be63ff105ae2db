"""Where an owner wants its notices."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from sqlalchemy import select

from notifications.models import Subscription

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,253}")
WEB = re.compile(r"https?://[^\s/@]+(/\S*)?")
LONGEST = 500


class Event(msgspec.Struct, frozen=True):
    """What happened here, for whoever keeps evidence; addresses only as digests."""

    owner: str
    action: str
    details: dict[str, object]


Record: TypeAlias = "Callable[[AsyncSession, Event], Awaitable[None]]"


class UnusableAddressError(ValueError):
    """Nothing can be delivered to this address on this channel."""


async def add(
    session: AsyncSession,
    owner: str,
    *,
    channel: str,
    address: str,
    topics: Sequence[str],
    now: datetime,
    record: Record,
) -> tuple[Subscription, bool]:
    """Let an owner be told at an address, and say whether that is new; topics add up."""
    check_address(channel, address)
    found = select(Subscription).where(
        Subscription.owner == owner,
        Subscription.channel == channel,
        Subscription.address == address,
    )
    subscription = await session.scalar(found)
    if subscription is not None:
        await _widen(session, subscription, topics, record)
        return subscription, False
    subscription = Subscription(
        owner=owner, channel=channel, address=address, topics=list(topics), created_at=now
    )
    session.add(subscription)
    await session.flush()
    details: dict[str, object] = {"channel": channel, "address_sha256": digest(address)}
    details["topics"] = list(topics)
    await record(session, Event(owner, "subscription.added", details))
    return subscription, True


async def list_of(session: AsyncSession, owner: str) -> list[Subscription]:
    """Give an owner's subscriptions, the oldest first."""
    found = select(Subscription).where(Subscription.owner == owner).order_by(Subscription.id)
    return list((await session.scalars(found)).all())


def check_address(channel: str, address: str) -> None:
    """Refuse an address that cannot be one on its channel.

    >>> check_address("email", "ops@acme.example")
    >>> check_address("email", "acme.example")
    Traceback (most recent call last):
    notifications.subscriptions.UnusableAddressError: 'acme.example' is no e-mail address
    """
    shown = repr(address[:100])
    if channel == "email" and not EMAIL.fullmatch(address):
        raise UnusableAddressError(f"{shown} is no e-mail address")
    if channel == "webhook" and not WEB.fullmatch(address):
        raise UnusableAddressError(f"{shown} is no web address")
    if channel not in {"email", "webhook"}:
        raise UnusableAddressError(f"the channel {channel[:40]!r} is not served yet")
    if len(address) > LONGEST or not address.isprintable():
        raise UnusableAddressError(f"{shown} is too long, or holds what does not print")


def digest(address: str) -> str:
    """Give what evidence keeps of an address."""
    return hashlib.sha256(address.encode()).hexdigest()


async def _widen(
    session: AsyncSession, subscription: Subscription, topics: Sequence[str], record: Record
) -> None:
    added = [topic for topic in topics if topic not in subscription.topics]
    if not added or "*" in subscription.topics:
        return
    subscription.topics = [*subscription.topics, *added]
    details = {"address_sha256": digest(subscription.address), "topics": subscription.topics}
    await record(session, Event(subscription.owner, "subscription.changed", dict(details)))
