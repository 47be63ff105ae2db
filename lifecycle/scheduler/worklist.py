"""The work list: what needs a person, gathered from where it stands."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from sqlalchemy import exists, func, or_, select, true, tuple_
from sqlalchemy.orm import aliased

from lifecycle.accounts.limited_views import is_seen, topics_of
from lifecycle.accounts.models import Account
from lifecycle.catalogue.models import Product, Release
from lifecycle.catalogue.queries import LIVE, today_for
from lifecycle.database.pagination import Page, read_cursor, write_cursor
from lifecycle.deprecations.models import Deprecation, Notice, Recipient
from lifecycle.deprecations.queries import content_of
from lifecycle.deprecations.states import Origin, State
from lifecycle.scheduler import work_items
from lifecycle.scheduler.models import Concern
from notifications.models import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Subscription,
    SubscriptionState,
)
from notifications.topics import is_about

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import InstrumentedAttribute

REACHED_FOR = timedelta(days=30)
"""So long after its effective day an account that could not be told of it is still listed."""


class WorkOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that needs a person; what it is about is named as far as it is known."""

    kind: str
    since: date
    message: str
    product: str | None = None
    version: str | None = None
    account: str | None = None
    deprecation: str | None = None
    delivery: int | None = None
    subscription: str | None = None


Place: TypeAlias = tuple[int, int]
"""Where an item stands in its source; ascending."""
Found: TypeAlias = tuple[Place, WorkOut]
START: Place = (-1, -1)


class Portion(msgspec.Struct, frozen=True):
    """What is asked of a source: at most ``limit`` items after a place, of products if named."""

    now: datetime
    products: Collection[str] | None
    after: Place
    limit: int

    def includes(self, product: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """Return whether what concerns a product is asked for."""
        return true() if self.products is None else product.in_(self.products)


async def page_of_work(
    session: AsyncSession,
    *,
    now: datetime,
    products: Collection[str] | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[WorkOut]:
    """Return what needs a person, kind by kind, the oldest of each first.

    With ``products``, what concerns these.
    """
    source, *place = read_cursor(cursor, [int, int, int]) if cursor else (0, *START)
    items: list[WorkOut] = []
    last = (source, *place)
    for number in range(max(source, 0), len(SOURCES)):
        after = (place[0], place[1]) if number == source else START
        portion = Portion(now, products, after, limit + 1 - len(items))
        entries = SOURCES[number](session, portion)
        for at, item in [entry async for entry in entries]:
            if len(items) == limit:
                return Page(items, write_cursor(last))
            items.append(item)
            last = (number, *at)
    return Page(items)


async def _unconfirmed(session: AsyncSession, portion: Portion) -> AsyncIterator[Found]:
    """Yield the plans whose day has passed without a release."""
    now, limit = portion.now, portion.limit
    statement = (
        select(Release, Product)
        .join(Product, Product.id == Release.product_id)
        .where(LIVE, Release.released_on.is_(None), Release.id > portion.after[1])
        .where(Release.planned_on < now.date() + timedelta(days=1), portion.includes(Product.slug))
        .order_by(Release.id)
    )
    for release, product in (await session.execute(statement)).all():
        planned_on = release.planned_on or now.date()
        if limit and planned_on < await today_for(session, product, now):
            limit -= 1
            message = (
                f"{product.slug} {release.version} was planned for {planned_on} and is not "
                "released: publish it, plan it anew, or void it."
            )
            yield (
                (0, release.id),
                WorkOut(
                    kind="unconfirmed_plan",
                    product=product.slug,
                    version=release.version,
                    since=planned_on,
                    message=message,
                ),
            )


async def _implied(session: AsyncSession, portion: Portion) -> AsyncIterator[Found]:
    """Yield the implied ends that nobody has been notified of."""
    statement = (
        select(Deprecation, Product.slug)
        .join(Product, Product.id == Deprecation.product_id)
        .where(Deprecation.origin == Origin.POLICY, Deprecation.state == State.DRAFT)
        .where(Deprecation.id > portion.after[1], portion.includes(Product.slug))
        .order_by(Deprecation.id)
        .limit(portion.limit)
    )
    for row, product in await session.execute(statement):
        content = content_of(row)
        days = content.effective_on.values() if isinstance(content.effective_on, dict) else ()
        on = f" on {min(days)}" if days else ""
        lines, tiers = ", ".join(content.lines or ()), ", ".join(content.tiers or ())
        yield (
            (0, row.id),
            WorkOut(
                kind="implied_end_without_notice",
                product=product,
                deprecation=row.uid,
                version=row.caused_by,
                since=row.created_at.date(),
                message=f"Support of {product} {lines} for {tiers} ends{on} and nobody is"
                " notified: announce or delete the draft.",
            ),
        )


async def _concerns(session: AsyncSession, portion: Portion) -> AsyncIterator[Found]:
    """Yield what the schedule found; a refused announcement only while it is still a draft."""
    draft = exists().where(Deprecation.uid == Concern.subject, Deprecation.state == State.DRAFT)
    statement = (
        select(Concern)
        .where(Concern.id > portion.after[1], portion.includes(Concern.product))
        .where(or_(Concern.kind != work_items.REFUSED, draft))
        .order_by(Concern.id)
        .limit(portion.limit)
    )
    for row in await session.scalars(statement):
        deprecation, _, account = row.subject.partition("/")
        yield (
            (0, row.id),
            WorkOut(
                kind=row.kind,
                product=row.product,
                deprecation=None if row.kind == work_items.FAILED else deprecation,
                account=account or None,
                since=row.since.date(),
                message=row.message,
            ),
        )


async def _unreachable(session: AsyncSession, portion: Portion) -> AsyncIterator[Found]:
    """Yield the accounts that could not be notified of what still concerns them."""
    place = tuple_(Recipient.deprecation_id, Recipient.account_id)
    statement = (
        select(Recipient, Deprecation.uid, Product.slug, Account.slug)
        .join(Deprecation, Deprecation.id == Recipient.deprecation_id)
        .join(Product, Product.id == Deprecation.product_id)
        .join(Account, Account.id == Recipient.account_id)
        .where(Recipient.why_not.is_not(None), Recipient.moved_on.is_(None))
        .where(Deprecation.state == State.ANNOUNCED, place > portion.after)
        .where(Recipient.effective_on >= portion.now.date() - REACHED_FOR)
        .where(portion.includes(Product.slug), Account.erased_at.is_(None))
        .order_by(Recipient.deprecation_id, Recipient.account_id)
        .limit(portion.limit)
    )
    for row, uid, product, account in await session.execute(statement):
        yield (
            (row.deprecation_id, row.account_id),
            WorkOut(
                kind="unreachable_account",
                product=product,
                account=account,
                deprecation=uid,
                since=row.found_on,
                message=f"{account} is affected from {row.effective_on} and cannot be notified "
                f"({row.why_not}). Add an address, or contact it another way.",
            ),
        )


async def _exhausted(session: AsyncSession, portion: Portion) -> AsyncIterator[Found]:
    """Yield the deliveries that failed ten times, unless another address was reached."""
    later_delivery = aliased(Delivery)
    erased = exists().where(Account.slug == Delivery.owner, Account.erased_at.is_not(None))
    reached = exists().where(
        later_delivery.notice_id == Delivery.notice_id,
        later_delivery.owner == Delivery.owner,
        later_delivery.state == DeliveryState.DELIVERED,
    )
    statement = (
        select(Delivery, Deprecation.uid, Product.slug)
        .outerjoin(Notice, Notice.id == Delivery.notice_id)
        .outerjoin(Deprecation, Deprecation.id == Notice.deprecation_id)
        .outerjoin(Product, Product.id == Deprecation.product_id)
        .where(
            Delivery.state == DeliveryState.EXHAUSTED,
            Delivery.id > portion.after[1],
            ~reached,
            ~erased,
        )
        .where(Delivery.kind == DeliveryKind.NOTICE, portion.includes(Product.slug))
        .order_by(Delivery.id)
        .limit(portion.limit)
    )
    for row, uid, product in await session.execute(statement):
        since = (row.first_tried_at or row.created_at).date()
        yield (
            (0, row.id),
            WorkOut(
                kind="exhausted_delivery",
                product=product,
                account=row.owner,
                deprecation=uid,
                delivery=row.id,
                since=since,
                message=f"A notice to {row.owner} failed {row.tries} times "
                f"({row.reason or 'no answer'}): contact the account, then send it again.",
            ),
        )


async def _disabled(session: AsyncSession, portion: Portion) -> AsyncIterator[Found]:
    """Yield the addresses that get nothing any more because they failed."""
    statement = (
        select(Subscription)
        .where(Subscription.state == SubscriptionState.DISABLED, Subscription.id > portion.after[1])
        .order_by(Subscription.id)
        .limit(portion.limit)
    )
    if portion.products is not None:
        statement = statement.where(is_about(topics_of(portion.products)))
    for row in await session.scalars(statement):
        why = f": {row.disabled_reason}" if row.disabled_reason else ""
        yield (
            (0, row.id),
            WorkOut(
                kind="disabled_subscription",
                account=row.owner,
                subscription=row.uid,
                since=(row.disabled_at or row.created_at).date(),
                message=f"{row.owner}'s {row.channel} is disabled{why}. "
                f"Ask {row.owner} to fix it, then enable it.",
            ),
        )


async def _paused(session: AsyncSession, portion: Portion) -> AsyncIterator[Found]:
    """Yield the accounts that are notified nowhere because they have paused what was left."""
    listening = aliased(Subscription)
    active = exists().where(
        listening.owner == Account.slug, listening.state == SubscriptionState.ACTIVE
    )
    statement = (
        select(Account.id, Account.slug, func.max(Subscription.paused_at).label("since"))
        .join(Subscription, Subscription.owner == Account.slug)
        .where(
            Subscription.state == SubscriptionState.PAUSED, Account.id > portion.after[1], ~active
        )
        .where(is_seen(portion.products))
        .group_by(Account.id, Account.slug)
        .order_by(Account.id)
        .limit(portion.limit)
    )
    for row in await session.execute(statement):
        yield (
            (0, row.id),
            WorkOut(
                kind="paused_account",
                account=row.slug,
                since=row.since.date(),
                message=f"{row.slug} has paused every address that was left to it, and is not "
                "notified. Ask it to resume one, or contact it another way.",
            ),
        )


SOURCES: tuple[Callable[[AsyncSession, Portion], AsyncIterator[Found]], ...] = (
    _unconfirmed,
    _implied,
    _unreachable,
    _exhausted,
    _disabled,
    _concerns,
    _paused,
)
