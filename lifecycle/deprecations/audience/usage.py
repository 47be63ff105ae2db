"""Which accounts run versions that an end of support concerns, or use a feature."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, exists, func, literal, select, true

from lifecycle.accounts.models import Instance
from lifecycle.database.json_arrays import elements
from lifecycle.deprecations.audience.affected import instance_tier, running, tier_of
from lifecycle.deprecations.audience.revision_scopes import DEPRECATION, scope_from
from lifecycle.deprecations.audience.targets import versions_of
from lifecycle.deprecations.models import Recipient

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from sqlalchemy import ColumnElement, Select, Subquery
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.deprecations.audience.revision_scopes import Form, Scope
    from lifecycle.deprecations.deprecation_inputs import DeprecationIn


async def scope_now(
    session: AsyncSession,
    loaded: Loaded,
    content: DeprecationIn,
    days: Mapping[str, date],
    *,
    today: date,
    deprecation_id: int = 0,
) -> Scope:
    """Say whom a deprecation would reach, by the versions that are known or run at this moment."""
    versions = None
    if content.lines is not None or content.range is not None:
        versions = tuple(await versions_of(session, content, loaded))
    return await scope_from(
        session, content, days, today=today, deprecation_id=deprecation_id, versions=versions
    )


async def accounts_running(session: AsyncSession, scope: Scope) -> dict[str, int]:
    """Count, by the tier they have on the day, the accounts that run something affected.

    Tiers without any are left out.
    """
    if scope.versions == ():
        return {}
    return await _count(session, _running_by_tier(scope.form), scope)


async def accounts_not_noted(session: AsyncSession, scope: Scope) -> dict[str, int]:
    """Count as ``accounts_running`` does those that are no recipients of the deprecation.

    They came, or took up what is announced to change, since a worker last looked.
    """
    return await _count(session, _not_noted_by_tier(scope.form), scope)


async def accounts_using(
    session: AsyncSession, product: str, features: Collection[str], *, today: date
) -> dict[str, dict[str, int]]:
    """Count for each feature, by the tier they have on the day, the accounts that use it."""
    if not features:
        return {}
    using = _using(product, features, today)
    keys = (using.c.feature, using.c.tier)
    counted = select(*keys, func.count()).where(using.c.tier.is_not(None))
    counts: dict[str, dict[str, int]] = {feature: {} for feature in features}
    for feature, tier, count in await session.execute(counted.group_by(*keys).order_by(*keys)):
        counts[feature][tier] = count
    return counts


async def users_not_noted(
    session: AsyncSession, product: str, features: Mapping[str, int], *, today: date
) -> dict[str, dict[str, int]]:
    """Count as ``accounts_using`` does those that are no recipients of a feature's deprecation."""
    if not features:
        return {}
    using = _using(product, features, today)
    number = case(
        {
            key: literal(number_of, Recipient.deprecation_id.type)
            for key, number_of in features.items()
        },
        value=using.c.feature,
    )
    is_recorded = (Recipient.deprecation_id == number, Recipient.account_id == using.c.account_id)
    keys = (using.c.feature, using.c.tier)
    counted = select(*keys, func.count()).where(
        using.c.tier.is_not(None), ~exists().where(*is_recorded)
    )
    counts: dict[str, dict[str, int]] = {feature: {} for feature in features}
    for feature, tier, count in await session.execute(counted.group_by(*keys).order_by(*keys)):
        counts[feature][tier] = count
    return counts


async def _count(session: AsyncSession, counted: Select[Any], scope: Scope) -> dict[str, int]:
    return {row.tier: row[1] for row in await session.execute(counted, scope.values)}


@lru_cache(maxsize=64)
def _running_by_tier(form: Form) -> Select[Any]:
    return _by_tier(running(form).subquery())


@lru_cache(maxsize=64)
def _not_noted_by_tier(form: Form) -> Select[Any]:
    accounts = running(form).subquery()
    noted = exists().where(
        Recipient.deprecation_id == DEPRECATION, Recipient.account_id == accounts.c.account_id
    )
    return _by_tier(accounts, ~noted)


def _by_tier(rows: Subquery, *conditions: ColumnElement[bool]) -> Select[Any]:
    counted: Select[Any] = select(rows.c.tier, func.count()).where(*conditions)
    return counted.group_by(rows.c.tier).order_by(rows.c.tier)


def _using(product: str, features: Collection[str], today: date) -> Subquery:
    """Select the accounts that use features, each once for a feature and a tier."""
    element = elements(Instance.features).table_valued("value", name="each")
    tier = instance_tier(tier_of(Instance.account_id, today)).label("tier")
    statement = select(Instance.account_id, tier, element.c.value.label("feature")).join(
        element, true()
    )
    statement = statement.where(Instance.product == product, element.c.value.in_(list(features)))
    return statement.distinct().subquery()
