"""What leads a newcomer from an empty store to the first draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from lifecycle.accounts.models import Account
from lifecycle.deprecations.models import Deprecation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.answers.snapshots import Snapshot


class FirstStep(msgspec.Struct, frozen=True):
    """A step: why it is needed, the command and the page that do it, and whether it is done.

    The page has no ``segments`` as long as an earlier step is needed for it.
    """

    title: str
    why: str
    command: str
    segments: tuple[str, ...]
    is_done: bool


async def first_steps(session: AsyncSession, snapshots: Sequence[Snapshot]) -> list[FirstStep]:
    """Return the steps to the first draft; none once all of them are done."""
    first = next(iter(snapshots), None)
    slug = first.slug if first else "PRODUCT"
    has_accounts = await session.scalar(select(Account.id).limit(1)) is not None
    has_deprecations = await session.scalar(select(Deprecation.id).limit(1)) is not None
    has_releases = any(snapshot.facts.releases for snapshot in snapshots)
    has_policy = any(snapshot.facts.policies for snapshot in snapshots)
    listed = [
        FirstStep(
            "Add a product",
            "Everything else refers to a product and its versions.",
            f"lifecycle import releases releases.csv --product {slug}",
            ("console", "product-new"),
            first is not None,
        ),
        FirstStep(
            "Enter its releases",
            "Support is answered for versions. Nobody is notified of what you enter here.",
            f"lifecycle import releases releases.csv --product {slug}",
            ("console", "products", slug, "release-import") if first else (),
            has_releases,
        ),
        FirstStep(
            "Put its policy in force",
            "It says which versions each tier is promised, and how early changes are announced.",
            f"lifecycle policy put {slug} policy.yaml",
            ("console", "policy", slug, "new") if first else (),
            has_policy,
        ),
        FirstStep(
            "Add your customers and what they run",
            "They are the ones to notify, and they decide who is affected.",
            "lifecycle import accounts customers.csv",
            ("console", "account-import") if has_policy else (),
            has_accounts,
        ),
        FirstStep(
            "Draft the first deprecation",
            "A draft notifies nobody. It shows the earliest permissible day and who is affected.",
            "lifecycle deprecation draft draft.yaml",
            ("console", "deprecations", "new") if first else (),
            has_deprecations,
        ),
    ]
    return [] if all(step.is_done for step in listed) else listed
