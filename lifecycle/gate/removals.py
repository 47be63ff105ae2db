"""Removing a product or feature that was entered by mistake, while nothing rests on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import String, cast, delete, func, select

from lifecycle.accounts import queries as accounts
from lifecycle.accounts.actions import check_revision
from lifecycle.accounts.models import Instance
from lifecycle.accounts.scopes import parse_scope
from lifecycle.audit.actions import append
from lifecycle.catalogue.models import (
    Feature,
    Line,
    Product,
    PublishedEvent,
    Release,
    StoredPolicy,
    Sync,
    Waiver,
)
from lifecycle.catalogue.products import stored_values
from lifecycle.catalogue.queries import get_feature, get_product
from lifecycle.catalogue.visibility import EVERYTHING
from lifecycle.deprecations.models import Deprecation
from lifecycle.errors import Conflict
from lifecycle.gate.models import GateVerdict
from lifecycle.policy.stages import Stage
from notifications.models import SubscriptionTopic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By

PROMISED = frozenset({Stage.GA.value, Stage.DEPRECATED.value, Stage.REMOVED.value})
"""The stages in which a feature was promised, or had been."""


class SomethingRestsOnIt(Conflict):
    """It cannot be removed, since something rests on it."""


async def remove_product(
    session: AsyncSession, slug: str, *, by: By, expected: int | None = None
) -> None:
    """Remove a product with its releases, lines and features; refused where more rests on it."""
    product = await get_product(session, slug, lock=True)
    check_revision(f"Product {slug!r}", product.revision, expected)
    resting = {
        "instance": await _count(session, Instance.product == slug),
        "subscription": await _count(session, SubscriptionTopic.topic == f"product:{slug}"),
        "policy": await _count(session, StoredPolicy.product_id == product.id),
        "deprecation": await _count(session, Deprecation.product_id == product.id),
        "waiver": await _count(session, Waiver.product_id == product.id),
        "gate verdict": await _count(session, GateVerdict.product_id == product.id),
        "token": await _limited_tokens(session, slug),
    }
    _refuse(f"Product {slug!r}", resting, "Hide it with `public: false`")
    details = stored_values(product)
    for entity in (PublishedEvent, Sync, Feature, Line, Release):
        await session.execute(delete(entity).where(entity.product_id == product.id))
    await session.delete(product)
    append(session, by, "product.removed", slug, product=slug, details=details)


async def remove_feature(
    session: AsyncSession, product: Product, key: str, *, by: By, expected: int | None = None
) -> None:
    """Remove a feature that nobody uses and that was never promised."""
    feature = await get_feature(session, product, key, EVERYTHING)
    check_revision(f"Feature {key!r}", feature.revision, expected)
    subject = f"Feature {key!r} of {product.slug}"
    of_product = Feature.product_id == product.id
    concerned = Deprecation.content["feature"].as_string() == key
    resting = {
        "instance": await _count(session, Instance.product == product.slug, _holds(Instance, key)),
        "feature": await _count(session, of_product, _holds(Feature, key)),
        "deprecation": await _count(session, Deprecation.product_id == product.id, concerned),
        "waiver": await _count(session, Waiver.product_id == product.id, Waiver.subject == key),
    }
    _refuse(subject, resting, "Hide it with `public: false`")
    stages = [*feature.stages, *feature.former_stages]
    if any(stage["stage"] in PROMISED for stage in stages):
        raise SomethingRestsOnIt(
            f"{subject} cannot be removed: it has been generally available, which is a promise. "
            "Announce its removal instead."
        )
    details = {"name": feature.name, "stages": feature.stages, "tiers": feature.tiers}
    await session.delete(feature)
    name = f"{product.slug}/{key}"
    append(session, by, "feature.removed", name, product=product.slug, details=details)


def _holds(entity: Any, key: str) -> Any:
    """Return whether a list of keys holds one; no other key contains its quotes."""
    column = entity.features if entity is Instance else entity.depends_on
    return cast(column, String).contains(f'"{key}"', autoescape=True)


async def _count(session: AsyncSession, *conditions: Any) -> int:
    return await session.scalar(select(func.count()).where(*conditions)) or 0


async def _limited_tokens(session: AsyncSession, slug: str) -> int:
    tokens = await accounts.list_tokens(session)
    scopes = [parse_scope(token.scope) for token in tokens if token.revoked_at is None]
    return sum(slug in (scope.products or ()) for scope in scopes)


def _refuse(subject: str, resting: Mapping[str, int], instead: str) -> None:
    """Refuse to remove what something rests on, and say what that is."""
    named = [_counted(count, noun) for noun, count in resting.items() if count]
    if named:
        listed = ", ".join(named[:-1]) + (" and " if named[:-1] else "") + named[-1]
        rests = "rests" if len(named) == 1 and listed.startswith("1 ") else "rest"
        raise SomethingRestsOnIt(
            f"{subject} cannot be removed: {listed} {rests} on it. {instead} instead."
        )


def _counted(count: int, noun: str) -> str:
    plural = noun.removesuffix("y") + "ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"
