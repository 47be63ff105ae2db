"""Whom a further revision of a deprecation would be told to, without writing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import exists, func, select

from lifecycle.accounts.models import Account
from lifecycle.deprecations.audience.affected import audience_of
from lifecycle.deprecations.audience.moves import why_unreachable
from lifecycle.deprecations.audience.notice_recipients import recipients_of, was_reminded
from lifecycle.deprecations.audience.previews import Reader
from lifecycle.deprecations.audience.revision_scopes import Part
from lifecycle.deprecations.audience.usage import scope_now
from lifecycle.deprecations.milestones import Milestone
from lifecycle.deprecations.models import Notice, Recipient
from lifecycle.deprecations.states import Affected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.deprecations.audience.revision_scopes import Scope
    from lifecycle.deprecations.deprecation_inputs import DeprecationIn
    from lifecycle.deprecations.models import Deprecation

EVERYONE: Final = Part(0, 2**62)

MOST_NAMED: Final = 20
"""So many accounts that cannot be reached are named."""


class _Group(NamedTuple):
    """Who gets a notice, as ``owner``, and the values of the statement's parameters."""

    owners: Select[Any]
    values: Mapping[str, Any]


class _Count(NamedTuple):
    reached: int
    silent: int


class RevisedAudience(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a revision is told to: recipients, newcomers, and one of them as an example.

    Both are those that can be reached; ``unreachable`` are all others, the first of them by name.
    """

    recipients: int
    newcomers: int
    unreachable: int
    unreachable_accounts: tuple[tuple[str, str], ...]
    versions: tuple[str, ...]
    reader: Reader | None


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
    groups = [_Group(recipients_of(notice), EVERYONE.values)]
    if milestone is not Milestone.WITHDRAWAL:
        groups.append(_Group(_newcomers(scope), scope.values))
    counts = [await _count(session, group) for group in groups]
    return RevisedAudience(
        recipients=counts[0].reached,
        newcomers=sum(count.reached for count in counts[1:]),
        unreachable=sum(count.silent for count in counts),
        unreachable_accounts=await _name_unreachable(session, groups),
        versions=scope.versions or (),
        reader=await _reader(session, deprecation, days, groups[0]),
    )


def _newcomers(scope: Scope) -> Select[Any]:
    audience = audience_of(scope.form).cte("audience").prefix_with("MATERIALIZED")
    is_recipient = exists().where(
        Recipient.deprecation_id == scope.deprecation_id,
        Recipient.account_id == audience.c.account_id,
    )
    return select(audience.c.owner).where(~is_recipient)


async def _count(session: AsyncSession, group: _Group) -> _Count:
    owners = group.owners.subquery()
    counted = select(func.count(), func.count(why_unreachable(owners.c.owner))).select_from(owners)
    every, silent = (await session.execute(counted, group.values)).one()
    return _Count(every - silent, silent)


async def _name_unreachable(
    session: AsyncSession, groups: Sequence[_Group]
) -> tuple[tuple[str, str], ...]:
    """Name the first of the accounts that cannot be reached, and say why each cannot be."""
    named: list[tuple[str, str]] = []
    for group in groups:
        owners = group.owners.subquery()
        why_not = why_unreachable(owners.c.owner)
        silent = select(owners.c.owner, why_not).where(why_not.is_not(None))
        first = silent.order_by(owners.c.owner).limit(MOST_NAMED - len(named))
        named += [(owner, why) for owner, why in await session.execute(first, group.values)]
    return tuple(named)


async def _reader(
    session: AsyncSession, deprecation: Deprecation, days: Mapping[str, date], group: _Group
) -> Reader | None:
    """Return one of those who get the notice, as ``previews.preview`` chooses."""
    owners = group.owners.subquery()
    why_not = why_unreachable(Account.slug).label("why_not")
    statement = (
        select(Recipient, Account.slug, why_not, was_reminded(deprecation.id).label("is_reminded"))
        .join(Account, Account.id == Recipient.account_id)
        .join(owners, owners.c.owner == Account.slug)
        .where(Recipient.deprecation_id == deprecation.id)
        .order_by(
            Recipient.moved_on.is_not(None),
            Recipient.affected != Affected.YES,
            why_not.is_not(None),
            Recipient.account_id,
        )
        .limit(1)
    )
    row = (await session.execute(statement, group.values)).first()
    if row is None:
        return None
    recipient: Recipient = row.Recipient
    return Reader(
        account=row.slug,
        tier=recipient.tier,
        affected=Affected(recipient.affected),
        why_possibly=recipient.why_possibly,
        effective_on=days.get(recipient.tier, recipient.effective_on),
        why_not=row.why_not,
        has_moved=recipient.moved_on is not None,
        is_reminded=row.is_reminded,
    )
