"""Whom a deprecation affects becomes its recipients, and keeps to what was announced to it."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import Date, case, literal, or_, select, update

from lifecycle.database.inserts import insert_from, insert_new
from lifecycle.deprecations.audience.affected import audience_of
from lifecycle.deprecations.audience.moves import why_unreachable
from lifecycle.deprecations.audience.revision_scopes import DEPRECATION, NUMBER, TODAY
from lifecycle.deprecations.models import Recipient
from lifecycle.deprecations.states import Affected

if TYPE_CHECKING:
    from sqlalchemy import Insert
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.deprecations.audience.revision_scopes import Accounts, Among, Form, Part, Scope

COLUMNS: Final = [
    "deprecation_id",
    "account_id",
    "tier",
    "affected",
    "why_possibly",
    "effective_on",
    "number",
    "found_on",
    "why_not",
]


async def add_recipients(
    session: AsyncSession,
    scope: Scope,
    accounts: Accounts,
    *,
    joining: bool = False,
    new: bool = False,
) -> None:
    """Make recipients of those affected among accounts that are none yet; of ``new`` ones, all.

    Those ``joining`` after the announcement that are only possibly affected are left alone once
    their effective day has come: what lies behind is no news to whoever runs nothing of it.
    """
    dialect = session.get_bind().dialect.name
    insert = partial(_finding, scope.form, accounts.among, dialect, joining=joining)
    values = scope.values | accounts.values
    if new:
        await insert_new(session, insert, values)
    else:
        await session.execute(insert(), values)


@lru_cache(maxsize=64)
def _finding(
    form: Form, among: Among, dialect: str, *, joining: bool, missing: bool = True
) -> Insert:
    audience = audience_of(form, among).subquery()
    rows = select(
        DEPRECATION,
        audience.c.account_id,
        audience.c.tier,
        audience.c.affected,
        audience.c.why_possibly,
        audience.c.effective_on,
        NUMBER,
        TODAY,
        why_unreachable(audience.c.owner),
    ).where(among.includes(audience.c.account_id))
    if joining:
        rows = rows.where(or_(audience.c.affected == Affected.YES, audience.c.effective_on > TODAY))
    return insert_from(dialect, Recipient.__table__, COLUMNS, rows, missing=missing)


async def tell_new_days(session: AsyncSession, scope: Scope, part: Part) -> None:
    """Move the day announced to each recipient to that of its tier in an amendment."""
    if not scope.days:
        return
    days = {tier: literal(day, Date()) for tier, day in scope.days}
    now_on = case(days, value=Recipient.tier)
    changed = (
        update(Recipient)
        .where(Recipient.deprecation_id == scope.deprecation_id)
        .where(Recipient.account_id > part.above, Recipient.account_id <= part.up_to)
        .where(now_on != Recipient.effective_on)
        .values(effective_on=now_on)
        .execution_options(synchronize_session=False)
    )
    await session.execute(changed)
