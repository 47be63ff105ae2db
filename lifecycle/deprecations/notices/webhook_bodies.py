"""The bodies that webhooks are sent, in the form of Standard Webhooks: what receivers rely on."""

from __future__ import annotations

from datetime import date, datetime
from typing import Generic, Literal, TypeAlias, TypeVar

import msgspec

from lifecycle.audit.chain import Seal
from lifecycle.deprecations.deprecation_inputs import Link
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.notices.notice_facts import AffectedInstance, NoticeWaiver, What
from lifecycle.deprecations.states import Affected
from lifecycle.policy.notice_periods import Kind

EventType: TypeAlias = Literal[
    "deprecation.announced",
    "deprecation.reminder",
    "deprecation.effective",
    "deprecation.amended",
    "deprecation.withdrawn",
]
TYPES: dict[Milestone, EventType] = {
    Milestone.ANNOUNCEMENT: "deprecation.announced",
    Milestone.REMINDER: "deprecation.reminder",
    Milestone.EFFECTIVE: "deprecation.effective",
    Milestone.AMENDMENT: "deprecation.amended",
    Milestone.WITHDRAWAL: "deprecation.withdrawn",
}
"""The webhook type of each milestone."""

EventData = TypeVar("EventData")


class WebhookBody(msgspec.Struct, Generic[EventData], frozen=True, kw_only=True):
    """What every webhook is sent: a type, an instant, and the data of that type."""

    type: str
    timestamp: datetime
    data: EventData


class WebhookNotice(msgspec.Struct, frozen=True, kw_only=True):
    """The notice that is delivered."""

    id: str
    milestone: Milestone
    days_before: int | None
    due_at: datetime


class WebhookProduct(msgspec.Struct, frozen=True, kw_only=True):
    """The product that changes."""

    slug: str
    name: str


class WebhookRevision(msgspec.Struct, frozen=True, kw_only=True):
    """The revision that the notice is about."""

    number: int
    change: str
    reason: str
    on: date


class WebhookDeprecation(msgspec.Struct, frozen=True, kw_only=True):
    """The deprecation that the notice is about."""

    id: str
    product: WebhookProduct
    kind: Kind
    what: What
    from_version: str | None
    reason: str
    migration: str | None
    replacement: str | None
    links: tuple[Link, ...]
    announced_on: date
    revision: WebhookRevision
    waiver: NoticeWaiver | None


class WebhookSeals(msgspec.Struct, frozen=True, kw_only=True):
    """Entries of the audit log, by which anyone can check later that it was not rewritten."""

    announced: Seal | None
    head: Seal | None


class NoticeData(msgspec.Struct, frozen=True, kw_only=True):
    """What a notice says to one account.

    A withdrawal has no ``days_left``: nothing will happen on the day it names.
    """

    notice: WebhookNotice
    deprecation: WebhookDeprecation
    account: str
    tier: str
    affected: Affected
    why: str | None
    moved_on: date | None
    instances: tuple[AffectedInstance, ...]
    instances_not_shown: int
    effective_on: date
    previously_effective_on: date | None
    days_left: int | None
    summary: str
    acknowledge: str
    url: str | None
    audit: WebhookSeals


class TestData(msgspec.Struct, frozen=True, kw_only=True):
    """What a test message says."""

    account: str
    subscription: str
    summary: str
