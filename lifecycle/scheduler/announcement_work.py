"""What needs a person because of what is announced, drafted or planned."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, String, and_, cast, exists, false, or_, select

from lifecycle.calendar.days import write_day
from lifecycle.calendar.zones import local_day
from lifecycle.catalogue.models import Feature, Product, Release
from lifecycle.catalogue.queries import LIVE, zones_of
from lifecycle.deprecations.models import Deprecation
from lifecycle.deprecations.notices import wording
from lifecycle.deprecations.notices.notice_facts import What
from lifecycle.deprecations.queries import content_of
from lifecycle.deprecations.states import Origin, State
from lifecycle.policy.notice_periods import Kind
from lifecycle.policy.stages import Stage
from lifecycle.policy.tier_labels import tier_label
from lifecycle.scheduler import work_items
from lifecycle.scheduler.models import Concern
from lifecycle.scheduler.work_kinds import Source, WorkOut, WorkView

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.scheduler.work_kinds import Rows


async def _unconfirmed(session: AsyncSession, view: WorkView) -> Rows:
    """Select the plans whose day has passed without a release, in their product's zone."""
    planned = and_(LIVE, Release.released_on.is_(None), view.includes(Product.slug))
    tomorrow = view.now.date() + timedelta(days=1)
    concerned = (
        select(Release.product_id)
        .join(Product, Product.id == Release.product_id)
        .where(planned, Release.planned_on < tomorrow)
        .distinct()
    )
    zones = await zones_of(session, list(await session.scalars(concerned)), view.now)
    passed = [
        and_(Release.product_id == product, Release.planned_on < local_day(view.now, zone))
        for product, zone in zones.items()
    ]
    return (
        select(Product.slug, Release.version, Release.planned_on)
        .join(Product, Product.id == Release.product_id)
        .where(planned, or_(false(), *passed))
    )


def _describe_plan(product: str, version: str, planned_on: date) -> WorkOut:
    return WorkOut(
        kind="unconfirmed_plan",
        product=product,
        version=version,
        since=planned_on,
        message=f"{product} {version} was planned for {write_day(planned_on)} and is not released. "
        "Register it, plan another day, or withdraw the plan.",
    )


async def _implied(_session: AsyncSession, view: WorkView) -> Rows:
    """Select the implied ends that nobody has been notified of."""
    return _drafts_of(Origin.POLICY, view)


async def _drafts(_session: AsyncSession, view: WorkView) -> Rows:
    """Select what somebody began to write; one whose announcement was refused is a concern."""
    refused = exists().where(Concern.kind == work_items.REFUSED, Concern.subject == Deprecation.uid)
    return _drafts_of(Origin.MANUAL, view).where(~refused)


def _drafts_of(origin: Origin, view: WorkView) -> Rows:
    return (
        select(Deprecation, Product.slug)
        .join(Product, Product.id == Deprecation.product_id)
        .where(Deprecation.origin == origin, Deprecation.state == State.DRAFT)
        .where(view.includes(Product.slug))
    )


def _describe_implied(row: Deprecation, product: str) -> WorkOut:
    content = content_of(row)
    days = content.effective_on.values() if isinstance(content.effective_on, dict) else ()
    after = f" after {write_day(min(days) - timedelta(days=1))}" if days else ""
    lines, tiers = ", ".join(content.lines or ()), ", ".join(map(tier_label, content.tiers or ()))
    return WorkOut(
        kind="implied_end_without_notice",
        product=product,
        deprecation=row.uid,
        version=row.caused_by,
        since=row.created_at.date(),
        message=f"Support for {product} {lines} ({tiers}) ends{after} and nobody is"
        " notified: announce or delete the draft.",
    )


def name_change(row: Deprecation, product: str) -> str:
    """Name a change and what it is of, as within a sentence: "removal of ldap in widget"."""
    content = content_of(row)
    subject = What(
        lines=content.lines,
        range=content.range,
        feature=content.feature,
        whole_product=content.whole_product,
    )
    return wording.NOUNS[content.kind].format(wording.thing(product, subject))


def _describe_draft(row: Deprecation, product: str) -> WorkOut:
    noun = name_change(row, product)
    return WorkOut(
        kind="draft",
        product=product,
        deprecation=row.uid,
        since=row.created_at.date(),
        message=f"{noun[:1].upper()}{noun[1:]} is drafted and nobody is notified: announce or "
        "delete the draft.",
    )


async def _overdue(_session: AsyncSession, view: WorkView) -> Rows:
    """Select the announced removals whose day has passed for all, of features that still exist.

    One that a version was said to bring waits for that version.
    """
    version = Deprecation.content["from_version"].as_string()
    released = exists().where(
        Release.product_id == Deprecation.product_id,
        Release.version == version,
        Release.released_on <= view.now.date(),
        LIVE,
    )
    return (
        select(Deprecation.uid, Deprecation.last_effective_on, Feature.key, Product.slug)
        .join(Product, Product.id == Deprecation.product_id)
        .join(Feature, _is_removed_by(Deprecation))
        .where(Deprecation.state == State.ANNOUNCED, Deprecation.kind == Kind.REMOVAL)
        .where(Deprecation.last_effective_on < view.now.date(), view.includes(Product.slug))
        .where(cast(Feature.stages, String).not_like(f'%"{Stage.REMOVED.value}"%'))
        .where(or_(version.is_(None), released))
    )


def _is_removed_by(deprecation: type[Deprecation]) -> ColumnElement[bool]:
    return and_(
        Feature.product_id == deprecation.product_id,
        Feature.key == deprecation.content["feature"].as_string(),
    )


def _describe_overdue(uid: str, day: date, feature: str, product: str) -> WorkOut:
    return WorkOut(
        kind="overdue_removal",
        product=product,
        deprecation=uid,
        since=day,
        message=f"{product} still has {feature}, whose removal was announced for {write_day(day)}. "
        "Enter its removal, postpone it, or withdraw it.",
    )


async def _concerns(_session: AsyncSession, view: WorkView) -> Rows:
    """Select what the schedule found; a refused announcement only while it is still a draft."""
    draft = exists().where(Deprecation.uid == Concern.subject, Deprecation.state == State.DRAFT)
    return select(Concern).where(
        view.includes(Concern.product), or_(Concern.kind != work_items.REFUSED, draft)
    )


def _describe_concern(row: Concern) -> WorkOut:
    deprecation, _, account = row.subject.partition("/")
    return WorkOut(
        kind=row.kind,
        product=row.product,
        deprecation=None if row.kind == work_items.FAILED else deprecation,
        account=account or None,
        since=row.since.date(),
        message=row.message,
    )


OVERDUE_REMOVALS: Final = Source("overdue_removals", (Deprecation.id,), _overdue, _describe_overdue)
IMPLIED_ENDS: Final = Source("implied_ends", (Deprecation.id,), _implied, _describe_implied)
CONCERNS: Final = Source("concerns", (Concern.id,), _concerns, _describe_concern)
DRAFTS: Final = Source("drafts", (Deprecation.id,), _drafts, _describe_draft)
UNCONFIRMED_PLANS: Final = Source("unconfirmed_plans", (Release.id,), _unconfirmed, _describe_plan)
