"""What needs a person because a notice did not arrive, or has nowhere to go."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import aliased

from lifecycle.accounts.limited_views import is_seen, topics_of
from lifecycle.accounts.models import Account
from lifecycle.calendar.days import write_day
from lifecycle.catalogue.models import Product
from lifecycle.deprecations.models import Deprecation, Notice, Recipient
from lifecycle.deprecations.states import Affected, State
from lifecycle.scheduler.announcement_work import name_change
from lifecycle.scheduler.work_kinds import Source, WorkOut, WorkView
from notifications import models
from notifications.models import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Subscription,
    SubscriptionState,
)
from notifications.topics import is_about

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.scheduler.work_kinds import Rows

REACHED_FOR = timedelta(days=30)
"""So long after its effective day an account that could not be told of it is still listed."""
_CLOSED: Final = (
    " It neither runs your products nor subscribes to them, so you cannot open it: ask somebody "
    "whose scope is not limited to products to follow it up."
)
_EXHAUSTED: Final = text(f"deliveries.{models.EXHAUSTED}")
_DISABLED: Final = text(f"subscriptions.{models.DISABLED}")
_PAUSED: Final = text(f"subscriptions.{models.PAUSED}")
"""In the words of the index of these alone, which is not used for a parameter."""


async def _unreachable(_session: AsyncSession, view: WorkView) -> Rows:
    """Select the accounts that could not be notified of what still concerns them."""
    return (
        select(Recipient, Deprecation, Product.slug, Account.slug, is_seen(view.products))
        .join(Deprecation, Deprecation.id == Recipient.deprecation_id)
        .join(Product, Product.id == Deprecation.product_id)
        .join(Account, Account.id == Recipient.account_id)
        .where(Recipient.why_not.is_not(None), Recipient.moved_on.is_(None))
        .where(Deprecation.state == State.ANNOUNCED, view.includes(Product.slug))
        .where(Account.erased_at.is_(None))
        .where(Recipient.effective_on >= view.now.date() - REACHED_FOR)
    )


def _describe_unreachable(
    row: Recipient,
    change: Deprecation,
    product: str,
    account: str,
    is_open: bool,  # noqa: FBT001 -- a row's column
) -> WorkOut:
    is_affected = "is affected" if row.affected_now is Affected.YES else "may be affected"
    return WorkOut(
        kind="unreachable_account",
        product=product,
        account=account,
        deprecation=change.uid,
        since=row.found_on,
        message=f"{account} {is_affected} from {write_day(row.effective_on)} by the "
        f"{name_change(change, product)} and cannot be notified ({row.why_not}). "
        f"Add an address, or contact it another way.{'' if is_open else _CLOSED}",
    )


async def _exhausted(_session: AsyncSession, view: WorkView) -> Rows:
    """Select the deliveries that failed ten times, unless another address was reached."""
    later_delivery = aliased(Delivery)
    erased = exists().where(Account.slug == Delivery.owner, Account.erased_at.is_not(None))
    is_open = exists().where(Account.slug == Delivery.owner, is_seen(view.products))
    reached = exists().where(
        later_delivery.notice_id == Delivery.notice_id,
        later_delivery.owner == Delivery.owner,
        later_delivery.state == DeliveryState.DELIVERED,
    )
    return (
        select(Delivery, Deprecation.uid, Product.slug, is_open)
        .outerjoin(Notice, Notice.id == Delivery.notice_id)
        .outerjoin(Deprecation, Deprecation.id == Notice.deprecation_id)
        .outerjoin(Product, Product.id == Deprecation.product_id)
        .where(_EXHAUSTED, ~reached, ~erased)
        .where(Delivery.kind == DeliveryKind.NOTICE, view.includes(Product.slug))
    )


def _describe_exhausted(
    row: Delivery,
    uid: str | None,
    product: str | None,
    is_open: bool,  # noqa: FBT001 -- a row's column
) -> WorkOut:
    return WorkOut(
        kind="exhausted_delivery",
        product=product,
        account=row.owner,
        deprecation=uid,
        delivery=row.id,
        since=(row.first_tried_at or row.created_at).date(),
        message=f"A notice to {row.owner} failed {row.tries} times "
        f"({row.reason or 'no answer'}): contact the account, then send it again."
        f"{'' if is_open else _CLOSED}",
    )


async def _disabled(_session: AsyncSession, view: WorkView) -> Rows:
    """Select the addresses that get nothing any more because they failed."""
    statement = select(Subscription).where(_DISABLED)
    if view.products is not None:
        statement = statement.where(is_about(topics_of(view.products)))
    return statement


def _describe_disabled(row: Subscription) -> WorkOut:
    why = f": {row.disabled_reason}" if row.disabled_reason else ""
    return WorkOut(
        kind="disabled_subscription",
        account=row.owner,
        subscription=row.uid,
        since=(row.disabled_at or row.created_at).date(),
        message=f"{row.owner}'s {row.channel} is disabled{why}. "
        f"Ask {row.owner} to fix it, then enable it.",
    )


async def _paused(_session: AsyncSession, view: WorkView) -> Rows:
    """Select the accounts that are notified nowhere because they have paused what was left."""
    listening = aliased(Subscription)
    active = exists().where(
        listening.owner == Account.slug, listening.state == SubscriptionState.ACTIVE
    )
    paused = select(Subscription.owner, func.max(Subscription.paused_at).label("since")).where(
        _PAUSED
    )
    if view.products is not None:
        paused = paused.where(is_about(topics_of(view.products)))
    last = paused.group_by(Subscription.owner).subquery()
    return (
        select(Account.slug, last.c.since)
        .join(last, last.c.owner == Account.slug)
        .where(~active, is_seen(view.products))
    )


def _describe_paused(account: str, since: datetime) -> WorkOut:
    return WorkOut(
        kind="paused_account",
        account=account,
        since=since.date(),
        message=f"{account} has paused every address that was left to it, and is not "
        "notified. Ask it to resume one, or contact it another way.",
    )


UNREACHABLE: Final = Source(
    "unreachable_accounts",
    (Recipient.deprecation_id, Recipient.account_id),
    _unreachable,
    _describe_unreachable,
)
EXHAUSTED: Final = Source("exhausted_deliveries", (Delivery.id,), _exhausted, _describe_exhausted)
PAUSED: Final = Source("paused_accounts", (Account.id,), _paused, _describe_paused)
DISABLED: Final = Source(
    "disabled_subscriptions", (Subscription.id,), _disabled, _describe_disabled
)
