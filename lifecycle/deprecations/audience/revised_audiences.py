"""Whom a further revision of a deprecation would be told to, without writing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import exists, func, select

from lifecycle.accounts.models import Account
from lifecycle.deprecations.audience.affected import audience_of
from lifecycle.deprecations.audience.notice_recipients import recipients_of
from lifecycle.deprecations.audience.previews import PreviewAccountOut
from lifecycle.deprecations.audience.revision_scopes import Part
from lifecycle.deprecations.audience.usage import scope_now
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.models import Notice, Recipient

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.deprecations.audience.revision_scopes import Scope
    from lifecycle.deprecations.deprecation_inputs import DeprecationIn
    from lifecycle.deprecations.models import Deprecation

EVERYONE: Final = Part(0, 2**62)


class RevisedAudience(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a revision is told to: recipients, newcomers, and one of them as an example."""

    recipients: int
    newcomers: int
    versions: tuple[str, ...]
    reader: PreviewAccountOut | None


async def look_ahead(
    session: AsyncSession,
    deprecation: Deprecation,
    loaded: Loaded,
    content: DeprecationIn,
    days: Mapping[str, date],
    *,
    today: date,
    milestone: Milestone,
) -> RevisedAudience:
    """Say who would get the notice of a revision, were it published today."""
    scope = await scope_now(
        session, loaded, content, days, today=today, deprecation_id=deprecation.id
    )
    # It is asked as the notice will be, which is not there yet.
    notice = Notice(id=0, deprecation_id=deprecation.id, milestone=milestone, effective_on=None)
    recipients = recipients_of(notice).subquery()
    counted = select(func.count()).select_from(recipients)
    return RevisedAudience(
        recipients=await session.scalar(counted, EVERYONE.values) or 0,
        newcomers=0 if milestone is Milestone.WITHDRAWAL else await _newcomers(session, scope),
        versions=scope.versions or (),
        reader=await _reader(session, deprecation, days),
    )


async def _newcomers(session: AsyncSession, scope: Scope) -> int:
    audience = audience_of(scope.form).cte("audience").prefix_with("MATERIALIZED")
    is_recipient = exists().where(
        Recipient.deprecation_id == scope.deprecation_id,
        Recipient.account_id == audience.c.account_id,
    )
    counted = select(func.count()).select_from(audience).where(~is_recipient)
    return await session.scalar(counted, scope.values) or 0


async def _reader(
    session: AsyncSession, deprecation: Deprecation, days: Mapping[str, date]
) -> PreviewAccountOut | None:
    """Return the first of those who have been reached; they read what was announced before."""
    statement = (
        select(Recipient, Account.slug)
        .join(Account, Account.id == Recipient.account_id)
        .where(Recipient.deprecation_id == deprecation.id)
        .order_by(Recipient.moved_on.is_not(None), Recipient.account_id)
        .limit(1)
    )
    row = (await session.execute(statement)).first()
    if row is None:
        return None
    recipient, slug = row
    return PreviewAccountOut(
        account=slug,
        tier=recipient.tier,
        affected=recipient.affected,
        why_possibly=recipient.why_possibly,
        effective_on=days.get(recipient.tier, recipient.effective_on),
        why_not=recipient.why_not,
    )
