"""Adding and changing features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET
from sqlalchemy import select

from lifecycle.accounts.actions import check_revision
from lifecycle.audit.actions import append
from lifecycle.catalogue import consistency
from lifecycle.catalogue.models import Feature
from lifecycle.catalogue.named_tiers import feature_tier_problems, policy_tiers
from lifecycle.errors import raise_if_any
from lifecycle.policy.stages import MATURITY
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.catalogue.catalogue_inputs import FeatureIn
    from lifecycle.catalogue.models import Product


async def put(
    session: AsyncSession,
    product: Product,
    key: str,
    facts: FeatureIn,
    *,
    by: By,
    expected: int | None = None,
) -> tuple[Feature, bool]:
    """Add or change a feature, and say whether it is new."""
    await session.refresh(product, with_for_update=True)
    raise_if_any(
        consistency.feature_problems(key, facts, scheme(product.scheme)),
        subject=f"Feature {key[:100]!r}",
    )
    statement = select(Feature).where(Feature.product_id == product.id, Feature.key == key)
    feature = await session.scalar(statement)
    check_revision(f"Feature {key!r}", feature.revision if feature else None, expected)
    problems = feature_tier_problems(
        facts.tiers,
        await policy_tiers(session, product.id),
        stored=feature.tiers if feature else None,
    )
    raise_if_any(problems, subject=f"Feature {key!r}")
    values, subject = columns(key, facts), f"{product.slug}/{key}"
    if feature is None:
        values.setdefault("public", True)
        feature = Feature(
            product_id=product.id,
            key=key,
            former_stages=[],
            registered_at=by.at,
            revision=1,
            **values,
        )
        session.add(feature)
        await session.flush()
        append(session, by, "feature.added", subject, product=product.slug, details=values)
        return feature, True
    before = {field: getattr(feature, field) for field in values}
    changed = [field for field in values if before[field] != values[field]]
    for field in changed:
        setattr(feature, field, values[field])
    if changed:
        feature.former_stages = former(feature.former_stages, before["stages"], values["stages"])
        feature.revision += 1
        details = {field: {"before": before[field], "after": values[field]} for field in changed}
        append(session, by, "feature.changed", subject, product=product.slug, details=details)
    return feature, False


def columns(key: str, facts: FeatureIn) -> dict[str, Any]:
    """Return a feature's facts as its columns hold them; whether it is public, if that is said."""
    values = {
        "name": facts.name or key,
        "stages": [
            {name: value for name, value in stage.items() if value is not None}
            for stage in msgspec.to_builtins(facts.stages)
        ],
        "tiers": None if facts.tiers is None else list(facts.tiers),
        "default": facts.default,
        "depends_on": list(facts.depends_on),
    }
    return values if facts.public is UNSET else values | {"public": facts.public}


def former(
    former_stages: list[dict[str, Any]], before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Keep the stages that a feature's history loses: what they promised stays promised.

    >>> former([], [{"stage": "ga", "from_version": "3.0.0"}], [])
    [{'stage': 'ga', 'from_version': '3.0.0'}]
    """
    dropped = [stage for stage in before if stage["stage"] in MATURITY and stage not in after]
    return former_stages + [stage for stage in dropped if stage not in former_stages]
