"""What still concerns an account of all that it was sent: the latest notice of each deprecation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from lifecycle.deprecations.audience.recipients import FOLLOWED_FOR
from lifecycle.deprecations.models import Deprecation, Recipient
from lifecycle.deprecations.notices import addressees
from lifecycle.deprecations.queries import concerns
from lifecycle.deprecations.states import State
from notifications.models import Delivery

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.models import Account
    from lifecycle.deprecations.notices.addressees import AddresseeState


async def open_notices(
    session: AsyncSession,
    account: Account,
    *,
    now: datetime,
    base: str,
    products: Collection[str] | None = None,
) -> list[AddresseeState]:
    """Return what an account is told today of each standing deprecation, the nearest day first.

    Left out is what it has moved away from, and what took effect a year ago. With ``products``, it
    is what concerns them.
    """
    statement = (
        select(func.max(Delivery.notice_id))
        .join(Deprecation, Deprecation.id == Delivery.thread)
        .join(Recipient, Recipient.deprecation_id == Deprecation.id)
        .where(Delivery.owner == account.slug, Delivery.notice_id.is_not(None))
        .where(Deprecation.state == State.ANNOUNCED, concerns(products))
        .where(Recipient.account_id == account.id, Recipient.moved_on.is_(None))
        .where(Recipient.effective_on >= now.date() - FOLLOWED_FOR)
        .group_by(Delivery.thread)
    )
    latest = [number for number in await session.scalars(statement) if number is not None]
    states = await addressees.of_owner(session, latest, account.slug, now, base)
    return sorted(
        states, key=lambda state: (state.addressee.effective_on, state.addressee.about.notice)
    )
