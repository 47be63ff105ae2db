"""How the notices that an account was sent are shown.

The API answers with these, and so do commands that read the local store.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec

from lifecycle.catalogue.queries import today_for
from lifecycle.database.pagination import Page
from lifecycle.deprecations.evidence import received
from lifecycle.deprecations.notices import addressees, letter_forms, wording
from lifecycle.deprecations.notices.kept_letters import kept_letter
from lifecycle.deprecations.notices.notice_facts import What
from lifecycle.deprecations.queries import content_of
from lifecycle.deprecations.states import State
from lifecycle.policy.notice_periods import Kind

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.accounts.models import Account
    from lifecycle.deprecations.evidence.received import Received
    from lifecycle.deprecations.notices.letters import Letter
    from lifecycle.deprecations.notices.notice_facts import Addressee


class NoticeOut(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that an account was sent.

    ``days_left`` counts from today to ``effective_on``; it is negative once that day has passed,
    and null if the deprecation was withdrawn, since nothing will happen then.

    ``told_at`` is its first successful delivery. A person acknowledged this notice, or a later one
    of the same deprecation, at ``acknowledged_at``. ``effective_on`` is the day that holds now,
    ``stated_on`` the one that the notice stated. The deprecation was taken back on
    ``withdrawn_on``. What is ``not_sent`` was cancelled or withdrawn before, and never will be.
    """

    id: str
    milestone: str
    days_before: int | None
    deprecation: str
    summary: str
    product: str
    kind: Kind
    due_on: date
    due_at: datetime
    tier: str
    affected: str
    why_possibly: str | None
    effective_on: date
    stated_on: date
    days_left: int | None
    told_at: datetime | None
    acknowledged_at: datetime | None
    moved_on: date | None
    withdrawn_on: date | None
    not_sent: bool

    @classmethod
    def of(cls, received_notice: Received, today: date) -> NoticeOut:
        """Show a notice."""
        notice, recipient = received_notice.notice, received_notice.recipient
        withdrawn = received_notice.deprecation.state == State.WITHDRAWN
        return cls(
            id=notice.uid,
            milestone=notice.milestone,
            days_before=notice.days_before,
            deprecation=received_notice.deprecation.uid,
            summary=_summary(received_notice),
            product=received_notice.product.slug,
            kind=Kind(received_notice.deprecation.kind),
            due_on=notice.due_on,
            due_at=notice.due_at,
            tier=recipient.tier,
            affected=recipient.affected_now,
            why_possibly=recipient.why_possibly,
            effective_on=recipient.effective_on,
            stated_on=received_notice.stated_on,
            days_left=None if withdrawn else (recipient.effective_on - today).days,
            told_at=received_notice.told_at,
            acknowledged_at=received_notice.acknowledged_at,
            moved_on=recipient.moved_on,
            withdrawn_on=received_notice.withdrawn_on,
            not_sent=received_notice.not_sent,
        )


def _summary(received_notice: Received) -> str:
    """Name what the deprecation changes, as pages name it."""
    content, product = content_of(received_notice.deprecation), received_notice.product
    changed = What(
        lines=content.lines,
        range=content.range,
        feature=content.feature,
        whole_product=content.whole_product,
    )
    noun = wording.NOUNS[content.kind].format(wording.thing(product.name or product.slug, changed))
    return noun[:1].upper() + noun[1:]


class NoticeTextOut(msgspec.Struct, frozen=True, kw_only=True):
    """A notice with what it said when it was sent, and what has changed since."""

    notice: NoticeOut
    subject: str
    text: str


async def page_of_notices(
    session: AsyncSession,
    account: Account,
    *,
    now: datetime,
    products: Collection[str] | None = None,
    cursor: str | None,
    limit: int,
) -> Page[NoticeOut]:
    """Return the notices that an account was sent, the newest first, as they are shown."""
    page = await received.list_of(session, account, products=products, cursor=cursor, limit=limit)
    return Page([await shown(session, notice, now) for notice in page.items], page.next)


async def notice_text(
    session: AsyncSession,
    account: Account,
    uid: str,
    *,
    now: datetime,
    base: str,
    products: Collection[str] | None = None,
) -> NoticeTextOut:
    """Return a notice with what it said; ``base`` begins the addresses in it."""
    row = await received.get(session, account, uid, products=products)
    recipient = await addressees.one(session, uid, account.slug, now, base)
    letter = letter_of(row, recipient.addressee) if recipient else None
    return NoticeTextOut(
        notice=await shown(session, row, now),
        subject=letter.subject if letter else "",
        text=letter_forms.as_text(letter) if letter else "",
    )


def letter_of(row: Received, addressee: Addressee) -> Letter:
    """Return a notice as it was sent, and what has become of it since."""
    return kept_letter(
        addressee, stated_on=row.stated_on, sent_on=row.sent_on, withdrawn_on=row.withdrawn_on
    )


async def shown(session: AsyncSession, notice: Received, now: datetime) -> NoticeOut:
    """Return a notice as it is shown on its product's day."""
    return NoticeOut.of(notice, await today_for(session, notice.product, now))
