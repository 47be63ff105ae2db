"""What leads a newcomer from an empty store to the first draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from lifecycle.accounts.models import Account
from lifecycle.deprecations.models import Deprecation
from lifecycle.web.console.own_products import own_products

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.server.dependencies import Moment


class FirstStep(msgspec.Struct, frozen=True):
    """A step: why it is needed, the page and the command that do it, and whether it is done.

    ``needs`` is an earlier step that its page cannot do without, while that is not done.
    """

    title: str
    why: str
    command: str
    segments: tuple[str, ...]
    is_done: bool
    needs: FirstStep | None = None


async def first_steps(session: AsyncSession, snapshots: Sequence[Snapshot]) -> list[FirstStep]:
    """Return the steps to the first draft; none once all of them are done."""
    slug = snapshots[0].slug if snapshots else "PRODUCT"
    product = FirstStep(
        "Add a product",
        "Everything else refers to a product and its versions.",
        f"lifecycle import releases releases.csv --product {slug}",
        ("console", "product-new"),
        bool(snapshots),
    )
    releases = FirstStep(
        "Enter its releases",
        "Support is answered for versions. Nobody is notified of what you enter here.",
        f"lifecycle import releases releases.csv --product {slug}",
        ("console", "products", slug, "release-import"),
        any(snapshot.facts.releases for snapshot in snapshots),
        _needed(product),
    )
    policy = FirstStep(
        "Put its policy in force",
        "It says which versions each tier is promised, and how early changes are announced.",
        f"lifecycle policy put {slug} policy.yaml",
        ("console", "policy", slug, "new"),
        any(snapshot.facts.policies for snapshot in snapshots),
        _needed(product),
    )
    customers = FirstStep(
        "Add your customers and what they run",
        "They are the ones to notify, and they decide who is affected.",
        "lifecycle import accounts customers.csv",
        ("console", "account-import"),
        await session.scalar(select(Account.id).limit(1)) is not None,
        _needed(policy),
    )
    draft = FirstStep(
        "Draft the first deprecation",
        "A draft notifies nobody. It shows the earliest permissible day and who is affected.",
        "lifecycle deprecation draft draft.yaml",
        ("console", "deprecations", "new"),
        await session.scalar(select(Deprecation.id).limit(1)) is not None,
        _needed(policy),
    )
    listed = [product, releases, policy, customers, draft]
    return [] if all(step.is_done for step in listed) else listed


async def next_step(
    session: AsyncSession, moment: Moment, product: str | None = None
) -> FirstStep | None:
    """Return the first step that can be taken now, towards a draft for one product or for any.

    There is none for who is limited to some products, since most steps concern all of them.
    """
    if moment.products is not None:
        return None
    snapshots = [await moment.snapshot(product)] if product else await own_products(moment)
    steps = await first_steps(session, snapshots)
    return next((step for step in steps if not step.is_done and not step.needs), None)


def _needed(step: FirstStep) -> FirstStep | None:
    return None if step.is_done else step.needs or step
