"""Which accounts run versions that an end of support concerns, or use a feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import String, case, exists, func, literal, select, true

from lifecycle.accounts.models import Instance
from lifecycle.database.json_arrays import elements, holds
from lifecycle.deprecations.audience.affected import tier_of
from lifecycle.deprecations.audience.targets import versions_of
from lifecycle.deprecations.models import Recipient

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date

    from sqlalchemy import ColumnElement, Select, Subquery
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.loaded_products import Loaded
    from lifecycle.deprecations.deprecation_inputs import DeprecationIn


async def accounts_by_tier(
    session: AsyncSession,
    known: Loaded,
    content: DeprecationIn,
    *,
    tiers: Iterable[str],
    today: date,
) -> dict[str, int]:
    """Count, by the tier they have on the day, the accounts that run an affected version.

    An instance's own tier goes before its account's. Tiers without any are left out.
    """
    versions = await versions_of(session, content, known)
    return await accounts_running(session, known.slug, versions, tiers=tiers, today=today)


async def accounts_running(
    session: AsyncSession,
    product: str,
    versions: Collection[str],
    *,
    tiers: Iterable[str],
    today: date,
) -> dict[str, int]:
    """Count, by the tier they have on the day, the accounts that run one of the versions."""
    if not versions:
        return {}
    array = literal(msgspec.json.encode(list(versions)).decode(), String())
    found = _running(today).where(Instance.product == product, holds(array, Instance.version))
    running = found.distinct().subquery()
    counted = (
        select(running.c.tier, func.count())
        .where(running.c.tier.in_(list(tiers)))
        .group_by(running.c.tier)
    )
    return {row.tier: row[1] for row in await session.execute(counted)}


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
        {key: literal(each, Recipient.deprecation_id.type) for key, each in features.items()},
        value=using.c.feature,
    )
    here = (Recipient.deprecation_id == number, Recipient.account_id == using.c.account_id)
    keys = (using.c.feature, using.c.tier)
    counted = select(*keys, func.count()).where(using.c.tier.is_not(None), ~exists().where(*here))
    counts: dict[str, dict[str, int]] = {feature: {} for feature in features}
    for feature, tier, count in await session.execute(counted.group_by(*keys).order_by(*keys)):
        counts[feature][tier] = count
    return counts


async def accounts_not_noted(
    session: AsyncSession,
    known: Loaded,
    content: DeprecationIn,
    deprecation_id: int,
    *,
    tiers: Iterable[str],
    today: date,
) -> dict[str, int]:
    """Count, by tier, the accounts that a deprecation surely affects and that are no recipients.

    They came, or took up what is announced to change, since a worker last looked.
    """
    if content.feature is not None:
        matching: ColumnElement[bool] = holds(Instance.features, literal(content.feature, String()))
    elif content.whole_product:
        matching = Instance.version.is_not(None)
    else:
        versions = await versions_of(session, content, known)
        array = literal(msgspec.json.encode(versions).decode(), String())
        matching = holds(array, Instance.version)
    found = _running(today).where(Instance.product == known.slug, matching)
    running = found.distinct().subquery()
    noted = exists().where(
        Recipient.deprecation_id == deprecation_id, Recipient.account_id == running.c.account_id
    )
    counted = select(running.c.tier, func.count()).where(running.c.tier.in_(list(tiers)), ~noted)
    rows = await session.execute(counted.group_by(running.c.tier).order_by(running.c.tier))
    return {row.tier: row[1] for row in rows}


def _running(today: date, *also: ColumnElement[Any]) -> Select[Any]:
    """Select accounts with the tiers under which they run instances."""
    tier = func.coalesce(Instance.tier, tier_of(Instance.account_id, today))
    return select(Instance.account_id, tier.label("tier"), *also)


def _using(product: str, features: Collection[str], today: date) -> Subquery:
    """Select the accounts that use features, each once for a feature and a tier."""
    each = elements(Instance.features).table_valued("value", name="each")
    found = _running(today, each.c.value.label("feature")).join(each, true())
    found = found.where(Instance.product == product, each.c.value.in_(list(features)))
    return found.distinct().subquery()
