"""What a notice tells, as facts that each channel words in its own way (pure)."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec

from lifecycle.audit.chain import Seal
from lifecycle.calendar.lengths import add_days
from lifecycle.deprecations.deprecation_inputs import Link
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.states import Affected, RevisionChange
from lifecycle.policy.notice_periods import Kind

if TYPE_CHECKING:
    from lifecycle.catalogue.models import Waiver


class What(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a deprecation changes: exactly one of lines, a range, a feature or all of it."""

    lines: tuple[str, ...] | None = None
    range: str | None = None
    feature: str | None = None
    feature_name: str | None = None
    whole_product: bool = False


class AffectedInstance(msgspec.Struct, frozen=True):
    """An instance that is affected."""

    name: str
    version: str
    environment: str | None = None


class NoticeWaiver(msgspec.Struct, frozen=True):
    """The recorded decision that let a promise be broken."""

    person: str
    reason: str
    explanation: str
    until: date

    @classmethod
    def of(cls, waiver: Waiver) -> NoticeWaiver:
        """Say of a waiver what everybody it concerns may know."""
        return NoticeWaiver(waiver.person, waiver.reason, waiver.explanation, waiver.until)


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a notice tells all its recipients alike, on one day.

    ``number`` is the revision it tells of, ``change`` and ``change_reason`` what that did, and
    why. ``announced`` is the audit entry of the announcement, ``head`` where the log ended when
    this day began, or at the announcement, if that came later. ``url`` is where everybody may read
    it: nowhere, if the product or feature is not public.
    """

    notice: str
    milestone: Milestone
    days_before: int | None = None
    due_at: datetime
    deprecation: str
    product: str
    product_name: str
    kind: Kind
    what: What
    from_version: str | None = None
    reason: str = ""
    migration: str | None = None
    replacement: str | None = None
    links: tuple[Link, ...] = ()
    number: int = 1
    change: str = RevisionChange.ANNOUNCED
    change_reason: str = ""
    changed_on: date
    announced_on: date
    waiver: NoticeWaiver | None = None
    announced: Seal | None = None
    head: Seal | None = None
    url: str | None


class Addressee(msgspec.Struct, frozen=True, kw_only=True):
    """What one account is told in a notice today.

    ``effective_on`` is the first day on which the change is in force for it, ``previously_on``
    the day it was told before, where that was another; from ``moved_on`` on it runs nothing
    affected.
    """

    about: About
    today: date
    account: str
    account_name: str
    tier: str
    affected: Affected = Affected.YES
    why: str | None = None
    effective_on: date
    previously_on: date | None = None
    moved_on: date | None = None
    instances: tuple[AffectedInstance, ...] = ()
    acknowledge_url: str = ""
    unsubscribe_url: str = ""

    @property
    def days_left(self) -> int:
        """Days from today to the effective day; negative once that has passed."""
        return (self.effective_on - self.today).days

    @property
    def last_day(self) -> date:
        """The last day before the change."""
        return add_days(self.effective_on, -1)
