from __future__ import annotations

from datetime import date, datetime

import msgspec
from litestar import Router
from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncSession

from lifecycle.accounts.models import Account
from lifecycle.accounts.queries import get_account
from lifecycle.catalogue.queries import today_for
from lifecycle.database.pagination import Page
from lifecycle.deprecations.audience import recipients
from lifecycle.deprecations.evidence import received
from lifecycle.deprecations.evidence.received import Received
from lifecycle.deprecations.notices import addressees, letter_forms, letters, signed_links
from lifecycle.deprecations.states import State
from lifecycle.policy.notice_periods import Kind
from lifecycle.server.dependencies import Change, Moment
from lifecycle.server.request_parameters import AccountSlug, Cursor, Limit, Name
from lifecycle.server.routing import get, post


class NoticeOut(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that an account was sent.

    ``days_left`` counts from today to ``effective_on``; it is negative once that day has passed,
    and null if the deprecation was withdrawn, since nothing will happen then.

    ``told_at`` is its first successful delivery. A person acknowledged this notice, or a later one
    of the same deprecation, at ``acknowledged_at``. ``effective_on`` is the day that holds now,
    ``stated_on`` the one that the notice stated.
    """

    id: str
    milestone: str
    days_before: int | None
    deprecation: str
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
            product=received_notice.product.slug,
            kind=Kind(received_notice.deprecation.kind),
            due_on=notice.due_on,
            due_at=notice.due_at,
            tier=recipient.tier,
            affected=recipient.affected,
            why_possibly=recipient.why_possibly,
            effective_on=recipient.effective_on,
            stated_on=received_notice.stated_on,
            days_left=None if withdrawn else (recipient.effective_on - today).days,
            told_at=received_notice.told_at,
            acknowledged_at=received_notice.acknowledged_at,
            moved_on=recipient.moved_on,
        )


class NoticeTextOut(msgspec.Struct, frozen=True, kw_only=True):
    """A notice with what it says today."""

    notice: NoticeOut
    subject: str
    text: str


@get(
    "/v1/accounts/{account:str}/notices",
    scope="account",
    by_product=True,
    summary="List an account's notices",
)
async def list_notices(
    account: AccountSlug,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[NoticeOut]:
    """List the notices that an account was sent, the newest first."""
    owner = await get_account(session, account, products=moment.products)
    page = await received.list_of(
        session, owner, products=moment.products, cursor=cursor, limit=limit
    )
    return Page([await _shown(session, item, moment.now) for item in page.items], page.next)


@get(
    "/v1/accounts/{account:str}/notices/{notice:str}",
    scope="account",
    by_product=True,
    summary="Show a notice",
)
async def show_notice(
    account: AccountSlug,
    notice: Name,
    session: NamedDependency[AsyncSession],
    moment: NamedDependency[Moment],
) -> NoticeTextOut:
    """Show a notice in its own words."""
    owner = await get_account(session, account, products=moment.products)
    row = await received.get(session, owner, notice, products=moment.products)
    base = signed_links.base_url(moment.app_state.settings)
    recipient = await addressees.one(session, notice, owner.slug, moment.now, base)
    letter = letters.letter(recipient.addressee) if recipient else None
    return NoticeTextOut(
        notice=await _shown(session, row, moment.now),
        subject=letter.subject if letter else "",
        text=letter_forms.as_text(letter) if letter else "",
    )


@post(
    "/v1/accounts/{account:str}/notices/{notice:str}/acknowledge",
    scope="account",
    by_product=True,
    status_code=200,
    summary="Acknowledge a notice",
)
async def acknowledge_notice(
    account: AccountSlug, notice: Name, change: NamedDependency[Change]
) -> NoticeOut:
    """Record that a person has read it; the first time counts."""
    owner: Account = await get_account(change.session, account, products=change.products)
    await received.get(change.session, owner, notice, products=change.products)
    await recipients.acknowledge(change.session, owner, notice, by=change.by, now=change.now)
    row = await received.get(change.session, owner, notice)
    return await _shown(change.session, row, change.now)


async def _shown(session: AsyncSession, notice: Received, now: datetime) -> NoticeOut:
    return NoticeOut.of(notice, await today_for(session, notice.product, now))


router = Router(
    "/", route_handlers=[list_notices, show_notice, acknowledge_notice], tags=["notices"]
)
