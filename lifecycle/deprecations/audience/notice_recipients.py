"""Which of a deprecation's recipients get the notice of a milestone, reminders included."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, or_, select

from lifecycle.accounts.models import Account
from lifecycle.deprecations.audience.revision_scopes import Among
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.models import Notice, Recipient
from lifecycle.deprecations.states import Affected
from notifications.models import Delivery

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement, Select


def recipients_of(notice: Notice) -> Select[Any]:
    """Select the slugs, as ``owner``, of those recipients in any part that are told of a milestone.

    Reminders and the effective day are for those who have not moved, on the day announced to
    them; one possibly affected gets one reminder only. A withdrawal is for those told before.
    """
    return _recipients_of(
        notice.id, notice.deprecation_id, Milestone(notice.milestone), notice.effective_on
    )


@lru_cache(maxsize=64)  # a notice goes out in parts, which all ask the same
def _recipients_of(
    notice_id: int, deprecation_id: int, milestone: Milestone, effective_on: date | None
) -> Select[Any]:
    statement = (
        select(Account.slug.label("owner"))
        .join(Recipient, Recipient.account_id == Account.id)
        .where(Recipient.deprecation_id == deprecation_id)
        .where(Among.PART.includes(Recipient.account_id))
    )
    if milestone is Milestone.WITHDRAWAL:
        statement = statement.where(_told(deprecation_id))
    if effective_on is not None:
        statement = statement.where(Recipient.effective_on == effective_on)
    if milestone is Milestone.EFFECTIVE:
        statement = statement.where(
            Recipient.moved_on.is_(None), Recipient.affected == Affected.YES
        )
    if milestone is Milestone.REMINDER:
        sure_or_first = or_(
            Recipient.affected == Affected.YES, ~was_reminded(deprecation_id, notice_id)
        )
        statement = statement.where(Recipient.moved_on.is_(None), sure_or_first)
    return statement


def _told(deprecation_id: int) -> ColumnElement[bool]:
    """Whether anything of the deprecation went, or is on its way, to an account."""
    return (
        exists()
        .where(Delivery.owner == Account.slug, Delivery.thread == deprecation_id)
        .where(or_(Delivery.first_tried_at.is_not(None), Delivery.lease_owner.is_not(None)))
        .correlate(Account)
    )


def was_reminded(deprecation_id: int, notice_id: int = 0) -> ColumnElement[bool]:
    """Whether an account has had another reminder of the same deprecation."""
    return (
        exists()
        .where(Delivery.owner == Account.slug, Delivery.thread == deprecation_id)
        .where(Delivery.notice_id == Notice.id, Notice.id != notice_id)
        .where(Notice.milestone == Milestone.REMINDER)
        .correlate(Account)
    )
