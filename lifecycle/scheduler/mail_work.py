"""What needs a person because no e-mail goes out: the mail server is missing, or fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import exists, false, func, literal, select, text, true
from sqlalchemy.orm import aliased

from lifecycle.accounts.limited_views import topics_of
from lifecycle.deprecations.models import Deprecation, Notice
from lifecycle.deprecations.queries import concerns
from lifecycle.scheduler.work_kinds import Source, WorkOut, WorkView
from notifications.channels import CHANNELS
from notifications.models import (
    UNDELIVERED,
    Attempt,
    Delivery,
    DeliveryState,
    Subscription,
    SubscriptionState,
)
from notifications.topics import is_about

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.scheduler.work_kinds import Rows

EMAIL: Final = CHANNELS["email"].name
MOST_COUNTED: Final = 1000
LOOKED_AT: Final = 100
"""So many of the newest e-mails that were tried and still wait tell how the mail server does."""
WANTED: Final = (SubscriptionState.ACTIVE, SubscriptionState.PENDING)


async def _not_set_up(_session: AsyncSession, view: WorkView) -> Rows:
    """Select the oldest e-mail address that is in use, with their number, if none can be served."""
    conditions = (
        Subscription.channel == EMAIL,
        Subscription.state.in_(WANTED),
        true() if view.products is None else is_about(topics_of(view.products)),
        true() if view.sends_no_mail else false(),
    )
    listed = select(Subscription.id).where(*conditions).order_by(Subscription.id)
    # In the order of their numbers and no further, so that a store of many is not read whole.
    counted = listed.limit(MOST_COUNTED + 1).subquery()
    total = select(
        func.min(counted.c.id).label("first"), func.count(counted.c.id).label("count")
    ).subquery()
    is_limited = literal(view.products is not None)
    return select(Subscription.created_at, total.c.count, is_limited).join(
        total, total.c.first == Subscription.id
    )


def _describe_not_set_up(since: datetime, count: int, is_limited: bool) -> WorkOut:  # noqa: FBT001 -- a row's column
    about = " for notices of your products" if is_limited else ""
    number = f"more than {MOST_COUNTED:,}" if count > MOST_COUNTED else f"{count:,}"
    waits = f"{number} e-mail addresses{about} get"
    if count == 1:
        waits = f"one e-mail address{about} gets"
    return WorkOut(
        kind="mail_not_set_up",
        since=since.date(),
        message=f"No mail server is set up, so {waits} nothing. Set LIFECYCLE_SMTP_URL and "
        "LIFECYCLE_MAIL_FROM, and restart the service.",
    )


async def _refusing(_session: AsyncSession, view: WorkView) -> Rows:
    """Select the last failed e-mail, if the mail server itself was at fault and took none since.

    Of an e-mail that it judged, the attempt has its status; without one, none was handed in.
    """
    tried = (
        select(Delivery.id)
        .where(Delivery.state == DeliveryState.WAITING, Delivery.tries > 0, _is_mail())
        .where(text(UNDELIVERED))  # in the words of the index, which is of these alone
        .where(_concerned(view.products))
        .order_by(Delivery.id.desc())
        .limit(LOOKED_AT)
    )
    last = select(func.max(Attempt.id)).where(Attempt.delivery_id.in_(tried)).scalar_subquery()
    later, delivery = aliased(Attempt), aliased(Delivery)
    accepted = exists().where(
        later.id > Attempt.id,
        later.succeeded.is_(True),
        delivery.id == later.delivery_id,
        _is_mail(delivery),
    )
    return (
        select(Attempt.at, Attempt.answer)
        .where(Attempt.id == last, Attempt.status.is_(None), ~accepted)
        .where(false() if view.sends_no_mail else true())
    )


def _describe_refusing(at: datetime, answer: str | None) -> WorkOut:
    return WorkOut(
        kind="mail_server_fails",
        since=at.date(),
        message=f"No e-mail goes out: {answer or 'the mail server gave no answer'}. Check "
        "LIFECYCLE_SMTP_URL and LIFECYCLE_MAIL_FROM; what waits is tried again by itself.",
    )


def _is_mail(entity: type[Delivery] = Delivery) -> ColumnElement[bool]:
    return entity.target.startswith(f"{EMAIL}:")


def _concerned(products: Collection[str] | None) -> ColumnElement[bool]:
    if products is None:
        return true()
    return exists().where(
        Notice.id == Delivery.notice_id,
        Deprecation.id == Notice.deprecation_id,
        concerns(products),
    )


NOT_SET_UP: Final = Source("mail_not_set_up", (Subscription.id,), _not_set_up, _describe_not_set_up)
REFUSING: Final = Source("mail_server_fails", (Attempt.id,), _refusing, _describe_refusing)
