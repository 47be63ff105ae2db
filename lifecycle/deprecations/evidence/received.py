"""The notices that an account was sent."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import and_, case, exists, func, select

from lifecycle.catalogue.models import Product
from lifecycle.database.pagination import Page, page
from lifecycle.deprecations.audience.recipients import UnknownNotice
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.models import Deprecation, Notice, Recipient, Revision
from lifecycle.deprecations.queries import acknowledgement, concerns
from lifecycle.deprecations.states import RevisionChange, changes_in
from notifications.models import Delivery, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.models import Account


class Received(msgspec.Struct, frozen=True):
    """A notice to an account; ``told_at`` is the first successful delivery to any address.

    ``stated_on`` is the effective day that the notice stated, whatever holds now. ``change`` is
    what the revision did that it tells of, as its row has it. The deprecation was taken back on
    ``withdrawn_on``; what was ``cancelled`` before it went out is never sent.
    """

    notice: Notice
    deprecation: Deprecation
    product: Product
    recipient: Recipient
    told_at: datetime | None
    stated_on: date
    change: str
    withdrawn_on: date | None = None
    cancelled: bool = False

    @property
    def is_taken_back(self) -> bool:
        """Whether it told of what has been withdrawn since."""
        return self.withdrawn_on is not None and self.notice.milestone != Milestone.WITHDRAWAL

    @property
    def not_sent(self) -> bool:
        """Whether it was not sent, and never will be."""
        return self.told_at is None and (self.cancelled or self.is_taken_back)

    @property
    def sent_on(self) -> date | None:
        """The day on which it was first delivered, as the days in it were counted."""
        if self.told_at is None:
            return None
        at_once = self.told_at - self.notice.due_at < timedelta(days=1)
        return self.notice.due_on if at_once else self.told_at.date()

    @property
    def acknowledged_at(self) -> datetime | None:
        """Return when a person said to have read this notice, or a later one of the same."""
        notice, at = self.notice, self.recipient.acknowledged_at
        return acknowledgement(at, created_at=notice.created_at, due_at=notice.due_at)


async def list_of(
    session: AsyncSession,
    account: Account,
    *,
    products: Collection[str] | None = None,
    cursor: str | None,
    limit: int,
) -> Page[Received]:
    """Return the notices that were sent to an account, or are to be, the newest first.

    With ``products``, those of what concerns them.
    """
    statement = select(Notice).where(_was_sent(account, products))
    notices = await page(
        session, statement, [Notice.id], cursor=cursor, limit=limit, descending=True
    )
    return Page(await _received(session, account, notices.items), notices.next)


async def get(
    session: AsyncSession,
    account: Account,
    uid: str,
    *,
    products: Collection[str] | None = None,
) -> Received:
    """Return a notice to an account, as ``list_of`` finds it, or raise ``UnknownNotice``."""
    statement = select(Notice).where(Notice.uid == uid, _was_sent(account, products))
    notice = await session.scalar(statement)
    received = await _received(session, account, [notice] if notice else [])
    if not received:
        raise UnknownNotice(f"{account.slug} was sent no notice {uid[:100]!r}.")
    return received[0]


def _was_sent(account: Account, products: Collection[str] | None) -> ColumnElement[bool]:
    was_sent = exists().where(Delivery.notice_id == Notice.id, Delivery.owner == account.slug)
    concerned = exists().where(Deprecation.id == Notice.deprecation_id, concerns(products))
    return was_sent if products is None else and_(was_sent, concerned)


async def _received(
    session: AsyncSession, account: Account, notices: Sequence[Notice]
) -> list[Received]:
    concerned = {notice.deprecation_id for notice in notices}
    if not concerned:
        return []
    rows = await session.execute(
        select(Deprecation, Product, Recipient)
        .join(Product, Product.id == Deprecation.product_id)
        .join(Recipient, Recipient.deprecation_id == Deprecation.id)
        .where(Deprecation.id.in_(concerned), Recipient.account_id == account.id)
    )
    about = {row.Deprecation.id: row for row in rows}
    revisions = await session.execute(
        select(
            Revision.deprecation_id,
            Revision.number,
            Revision.days,
            Revision.change,
            Revision.on_day,
        ).where(Revision.deprecation_id.in_(concerned))
    )
    told_of, withdrawn = {}, {}
    for revision in revisions:
        told_of[revision.deprecation_id, revision.number] = revision.days, revision.change
        if RevisionChange.WITHDRAWN in changes_in(revision.change):
            withdrawn[revision.deprecation_id] = revision.on_day
    facts_by_notice = await _told(session, account, [notice.id for notice in notices])
    listed = []
    for notice in notices:
        row = about.get(notice.deprecation_id)
        if row is not None:
            days, change = told_of.get((notice.deprecation_id, notice.number), ({}, ""))
            told_at, cancelled = facts_by_notice.get(notice.id, (None, False))
            facts = row.Deprecation, row.Product, row.Recipient
            listed.append(
                Received(
                    notice,
                    *facts,
                    told_at,
                    _stated(days, row.Recipient),
                    change,
                    withdrawn.get(notice.deprecation_id),
                    cancelled=cancelled,
                )
            )
    return listed


def _stated(days: Mapping[str, str], recipient: Recipient) -> date:
    day = days.get(recipient.tier)
    return date.fromisoformat(day) if day else recipient.effective_on


async def _told(
    session: AsyncSession, account: Account, ids: Sequence[int]
) -> dict[int, tuple[datetime | None, bool]]:
    """Return when each was first delivered, and whether all its deliveries are cancelled."""
    going = case((Delivery.state != DeliveryState.CANCELLED, 1), else_=0)
    statement = (
        select(
            Delivery.notice_id,
            func.min(Delivery.delivered_at).label("at"),
            func.sum(going).label("going"),
        )
        .where(Delivery.owner == account.slug, Delivery.notice_id.in_(ids))
        .group_by(Delivery.notice_id)
    )
    return {row.notice_id: (row.at, not row.going) for row in await session.execute(statement)}
