"""Links that sign people in by an address of their account: sent on request, good once.

Whether an address is known shows in nothing that who asks for a link could see: every request is
noted alike, and counted against the same bounds. What is sent is found out afterwards.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, delete, func, select

from lifecycle.accounts.models import Account, SignInLink, SignInRequest
from lifecycle.errors import LifecycleError, TooManyRequests
from notifications import message_caps, outbox
from notifications.errors import TooManyMessagesError
from notifications.identity import digest
from notifications.models import Delivery, DeliveryKind, Subscription
from notifications.outbox import TOLD

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

KEPT_FOR = timedelta(hours=1)
"""So long a used link is known as such; it expires sooner."""
WITHIN = timedelta(hours=1)
PER_ADDRESS = 5
IN_ALL = 3000
"""So many links may be asked for within an hour: for one address, and for all together."""
MOST_ACCOUNTS = 10
"""So many accounts of one address are sent a link each."""


class LinkUsed(LifecycleError):  # noqa: N818 -- named as all refusals are
    """The link has been used, or its address is no longer one of the account's."""

    status_code = 410


async def note_request(session: AsyncSession, address: str, *, now: datetime) -> None:
    """Note that a link was asked for; refuse one too many."""
    address_digest = digest(address)
    await _check_room(session, SignInRequest.address_digest == address_digest, PER_ADDRESS, now=now)
    await _check_room(session, SignInRequest.id.is_not(None), IN_ALL, now=now)
    await session.execute(delete(SignInRequest).where(SignInRequest.requested_at <= now - WITHIN))
    session.add(SignInRequest(address_digest=address_digest, requested_at=now))
    await session.flush()


async def queue_links(
    session: AsyncSession, address: str, *, next_path: str, now: datetime
) -> None:
    """Queue a link for each account that has confirmed an address, as far as there is room."""
    for subscription in await _confirmed(session, address):
        kind = DeliveryKind.SIGN_IN
        with suppress(TooManyMessagesError):
            await message_caps.check_room(session, subscription, kind, now=now)
            details = {"next": next_path} if next_path else None
            await outbox.enqueue_one(session, subscription, kind, details=details, now=now)


async def use_link(
    session: AsyncSession, link: str, subscription_uid: str, *, now: datetime
) -> Account:
    """Take a link as used, and return the account that it signs in to; refuse it the next time."""
    statement = (
        select(Account, Subscription)
        .join(Subscription, Subscription.owner == Account.slug)
        .where(Subscription.uid == subscription_uid, Subscription.state.in_(TOLD))
        .with_for_update()
    )
    row = (await session.execute(statement)).one_or_none()
    used = await session.scalar(select(SignInLink.link).where(SignInLink.link == link))
    if row is None or used is not None:
        raise LinkUsed
    await session.execute(delete(SignInLink).where(SignInLink.used_at <= now - KEPT_FOR))
    session.add(SignInLink(link=link, used_at=now))
    await session.flush()
    account: Account = row.Account
    return account


async def is_used(session: AsyncSession, link: str) -> bool:
    """Return whether a link has signed somebody in."""
    return await session.scalar(select(SignInLink.link).where(SignInLink.link == link)) is not None


async def next_path(session: AsyncSession, link: str) -> str:
    """Return where whoever asked for a link wanted to go; empty where nothing is known."""
    delivery = await session.get(Delivery, int(link))
    details = (delivery.details if delivery else None) or {}
    return str(details.get("next", ""))


async def _confirmed(session: AsyncSession, address: str) -> list[Subscription]:
    statement = (
        select(Subscription)
        .join(Account, Account.slug == Subscription.owner)
        .where(Subscription.channel == "email", Subscription.address_digest == digest(address))
        .where(Subscription.state.in_(TOLD), Subscription.confirmed_at.is_not(None))
        .order_by(Subscription.id)
        .limit(MOST_ACCOUNTS)
    )
    return list(await session.scalars(statement))


async def _check_room(
    session: AsyncSession, condition: ColumnElement[bool], most: int, *, now: datetime
) -> None:
    counted = select(func.count(), func.min(SignInRequest.requested_at)).where(
        condition, SignInRequest.requested_at > now - WITHIN
    )
    count, oldest = (await session.execute(counted)).one()
    if count >= most:
        seconds = ceil((oldest + WITHIN - now).total_seconds())
        raise TooManyRequests(
            f"At most {most} links can be asked for within an hour; try again later.",
            retry_after=max(seconds, 1),
        )
