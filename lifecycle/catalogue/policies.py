"""Entering a product's policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import select, update

from lifecycle.accounts.actions import check_revision
from lifecycle.accounts.queries import tiers_in_use
from lifecycle.audit.actions import append
from lifecycle.calendar.zones import local_day, zone
from lifecycle.catalogue import queries
from lifecycle.catalogue.models import StoredPolicy
from lifecycle.policy.compatibility import check_fits
from lifecycle.policy.policy_documents import parse_policy, policy_document, read_stored
from lifecycle.policy.succession import Entered, Step, check_successor
from lifecycle.versions import scheme

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Literal

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.audit.chain import By
    from lifecycle.catalogue.models import Product
    from lifecycle.policy.policies import Policy


async def put(
    session: AsyncSession,
    product: Product,
    source: str | bytes | Mapping[str, Any],
    *,
    by: By,
    format: Literal["yaml", "json"] | None = None,  # noqa: A002  the word every caller uses
    expected: int | None = None,
) -> tuple[Policy, Step]:
    """Enter a policy as the product's first, the next, or the correction of one entered wrongly.

    ``expected`` is how many had been entered when the caller read the one in force, 0 for none.
    """
    policy = parse_policy(source, format=format)
    await session.refresh(product, with_for_update=True)
    standing, step = await _place(session, product, policy, by=by, expected=expected)
    if step is not Step.UNCHANGED:
        await _enter(session, product, policy, standing, step, by=by)
    return policy, step


async def check(
    session: AsyncSession,
    product: Product,
    policy: Policy,
    *,
    by: By,
    expected: int | None = None,
) -> Step:
    """Say what ``put`` would do with a policy, or refuse it likewise; nothing is stored."""
    _, step = await _place(session, product, policy, by=by, expected=expected)
    return step


async def _place(
    session: AsyncSession, product: Product, policy: Policy, *, by: By, expected: int | None
) -> tuple[list[StoredPolicy], Step]:
    """Return the policies that stand, and what entering another does; or refuse that."""
    entered = await queries.policies_entered(session, product.id)
    revision = entered or (0 if expected == 0 else None)  # who read none may say so
    check_revision(f"The policy of {product.slug!r}", revision, expected)
    units_possible = scheme(product.scheme).units_possible
    check_fits(policy, line_by=product.line_by, units_possible=units_possible)
    standing = await stored(session, product)
    step = check_successor(
        [
            Entered(
                read_stored(entered.document),
                entered.registered_at,
                relied_on=bool(entered.relied_on_at),
            )
            for entered in standing
        ],
        policy,
        today=local_day(by.at, zone(policy.timezone)),
        now=by.at,
        tiers_in_use=(await tiers_in_use(session, product.slug)).keys(),
    )
    return standing, step


async def stored(session: AsyncSession, product: Product) -> list[StoredPolicy]:
    """Return the policies that stand, in order of their days."""
    statement = (
        select(StoredPolicy)
        .where(StoredPolicy.product_id == product.id, queries.STANDING)
        .order_by(StoredPolicy.in_force_from)
    )
    return list((await session.scalars(statement)).all())


async def rely_on(session: AsyncSession, product: Product, version: str, *, at: datetime) -> None:
    """Note that a notice rests on a policy: from now on it can only be succeeded."""
    of_version = (StoredPolicy.product_id == product.id, StoredPolicy.version == version)
    unrelied = StoredPolicy.relied_on_at.is_(None)
    await session.execute(
        update(StoredPolicy).where(*of_version, queries.STANDING, unrelied).values(relied_on_at=at)
    )


async def _enter(
    session: AsyncSession,
    product: Product,
    policy: Policy,
    standing: list[StoredPolicy],
    step: Step,
    *,
    by: By,
) -> None:
    document = policy_document(policy)
    details: dict[str, Any] = {"document": document}
    registered_at = by.at
    for entered in standing:
        if step is Step.REPLACES and entered.version == policy.version:
            entered.replaced_at = by.at
            details["replaced"] = entered.document
            # A policy can be corrected for a day after it was first entered, not for a day after
            # each correction.
            registered_at = entered.registered_at
    await session.flush()
    session.add(
        StoredPolicy(
            product_id=product.id,
            name=policy.name,
            version=policy.version,
            in_force_from=policy.in_force_from,
            tiers=[tier.name for tier in policy.tiers],
            document=msgspec.to_builtins(document),
            registered_at=registered_at,
        )
    )
    await session.flush()
    action = "policy.replaced" if step is Step.REPLACES else "policy.entered"
    subject = f"{product.slug}/{policy.version}"
    append(session, by, action, subject, product=product.slug, details=details)
