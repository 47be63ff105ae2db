"""What a notice tells all its recipients alike: read once a day, not once an account."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import or_, select

from lifecycle.audit.chain import Seal
from lifecycle.audit.models import AuditEntry
from lifecycle.catalogue.models import Feature, Product, Waiver
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.models import Deprecation, Notice, Revision
from lifecycle.deprecations.notices.notice_facts import About, NoticeWaiver, What
from lifecycle.deprecations.queries import concerns_public, content_of, days_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.deprecations.deprecation_inputs import DeprecationIn
    from lifecycle.deprecations.notices.standing_notices import Standing

MOST_KEPT = 256


class Shared(msgspec.Struct, frozen=True):
    """What all recipients of a notice are told alike on a day, and the days by tier."""

    about: About
    days: dict[str, date]
    before: dict[str, date]


class Common:
    """Keeps what is told alike: it is asked for once per notice and day, not per account."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._kept: dict[tuple[int, date], Shared] = {}

    async def of(self, session: AsyncSession, standing: Standing) -> Shared:
        """Return what a notice tells all alike today."""
        key = (standing.id, standing.today)
        shared = self._kept.get(key)
        if shared is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.pop(next(iter(self._kept)))
            shared = self._kept[key] = await _shared(session, standing, self._base)
        return shared


async def _shared(session: AsyncSession, standing: Standing, base: str) -> Shared:
    notice = await session.get_one(Notice, standing.id)
    deprecation = await session.get_one(Deprecation, standing.deprecation_id)
    product = await session.get_one(Product, standing.product_id)
    revision = await session.get_one(Revision, (deprecation.id, notice.number))
    former = await session.get(Revision, (deprecation.id, notice.number - 1))
    announced, head = await _seals(session, deprecation, product.slug, standing.day_began)
    content = content_of(revision)
    about = About(
        notice=notice.uid,
        milestone=Milestone(notice.milestone),
        days_before=notice.days_before,
        due_at=notice.due_at,
        deprecation=deprecation.uid,
        product=product.slug,
        product_name=product.name or product.slug,
        kind=content.kind,
        what=await what_of(session, content, product),
        from_version=content.from_version,
        reason=content.reason,
        migration=content.migration,
        replacement=content.replacement,
        links=content.links,
        number=revision.number,
        change=revision.change,
        change_reason=revision.reason,
        changed_on=revision.on_day,
        announced_on=deprecation.announced_on or revision.on_day,
        waiver=await _waiver(session, revision.waiver_id),
        announced=announced,
        head=head,
        url=await url_of(session, deprecation, base),
    )
    amended = former is not None and notice.milestone in {Milestone.AMENDMENT, Milestone.WITHDRAWAL}
    before = days_of(former.days) if former is not None and amended else {}
    return Shared(about, days_of(revision.days), before)


async def what_of(session: AsyncSession, content: DeprecationIn, product: Product) -> What:
    """Return what a deprecation changes, with the name of its feature."""
    name = None
    if content.feature is not None:
        statement = select(Feature.name).where(
            Feature.product_id == product.id, Feature.key == content.feature
        )
        name = await session.scalar(statement)
    return What(
        lines=content.lines,
        range=content.range,
        feature=content.feature,
        feature_name=name or None,
        whole_product=content.whole_product,
    )


async def url_of(session: AsyncSession, deprecation: Deprecation, base: str) -> str | None:
    """Return where everybody may read a deprecation; None where that is not public."""
    is_public = await concerns_public(session, deprecation)
    return f"{base}/deprecations/{deprecation.uid}" if is_public else None


async def _waiver(session: AsyncSession, waiver_id: int | None) -> NoticeWaiver | None:
    waiver = await session.get(Waiver, waiver_id) if waiver_id is not None else None
    return NoticeWaiver.of(waiver) if waiver else None


async def _seals(
    session: AsyncSession, deprecation: Deprecation, product: str, day_began: datetime
) -> tuple[Seal | None, Seal | None]:
    """Return the announcement's entry, and where the log ended when the day began.

    A head of this very moment would make every retry's body another one.
    """
    entry = select(AuditEntry.seq, AuditEntry.hash)
    announced = (
        await session.execute(
            entry.where(AuditEntry.product == product, AuditEntry.subject == deprecation.uid)
            .where(AuditEntry.action == "deprecation.announced")
            .order_by(AuditEntry.seq)
            .limit(1)
        )
    ).first()
    at_least = announced.seq if announced else 0
    standing = or_(AuditEntry.at < day_began, AuditEntry.seq == at_least)
    head = (
        await session.execute(entry.where(standing).order_by(AuditEntry.seq.desc()).limit(1))
    ).first()
    return (
        Seal(announced.seq, announced.hash) if announced else None,
        Seal(head.seq, head.hash) if head else None,
    )
