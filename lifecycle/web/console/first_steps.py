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
    """A step: why it is needed, the command and the page that do it, and whether it is done."""

    title: str
    why: str
    command: str
    segments: tuple[str, ...]
    is_done: bool


async def first_steps(session: AsyncSession, snapshots: Sequence[Snapshot]) -> list[FirstStep]:
    """Return the steps to the first draft; none once all of them are done."""
    slug = snapshots[0].slug if snapshots else "PRODUCT"
    has_accounts = await session.scalar(select(Account.id).limit(1)) is not None
    has_deprecations = await session.scalar(select(Deprecation.id).limit(1)) is not None
    has_releases = any(snapshot.facts.releases for snapshot in snapshots)
    has_policy = any(snapshot.facts.policies for snapshot in snapshots)
    listed = [
        FirstStep(
            "Enter a product with its releases",
            "Everything else refers to a product and its versions.",
            f"lifecycle import releases releases.csv --product {slug}",
            ("console", "releases", slug, "new") if snapshots else (),
            has_releases,
        ),
        FirstStep(
            "Put its policy in force",
            "It says which versions each tier is promised, and how early changes are announced.",
            f"lifecycle policy put {slug} policy.yaml",
            (),
            has_policy,
        ),
        FirstStep(
            "Add your customers and what they run",
            "They are the ones to notify, and they decide who is affected.",
            "lifecycle import accounts customers.csv",
            ("console", "account-import"),
            has_accounts,
        ),
        FirstStep(
            "Draft the first deprecation",
            "A draft notifies nobody. It shows the earliest permissible day and who is affected.",
            "lifecycle deprecation draft draft.yaml",
            ("console", "deprecations", "new"),
            has_deprecations,
        ),
    ]
    return [] if all(step.is_done for step in listed) else listed
