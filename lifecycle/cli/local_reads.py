"""The local store's answers, in the form in which the service gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lifecycle.answers import versions
from lifecycle.answers.snapshots import Snapshots
from lifecycle.audit import queries as audit
from lifecycle.calendar.days import parse_day
from lifecycle.cli.clock import now
from lifecycle.cli.store import with_store
from lifecycle.errors import NotFound
from lifecycle.policy.policy_documents import policy_document

if TYPE_CHECKING:
    from datetime import date

    from lifecycle.answers.snapshots import Snapshot
    from lifecycle.audit.queries import Verdict
    from lifecycle.database import Store


def status(product: str, version: str, tier: str | None, at: str | None) -> Any:
    """Answer for a version, as ``GET …/versions/{version}`` does."""
    snapshot, today = _snapshot(product)
    day = parse_day(at) if at else today
    if tier is None:
        return msgspec.to_builtins(versions.answer(snapshot, version, at=day, today=today))
    return msgspec.to_builtins(
        versions.answer_for_tier(snapshot, version, tier=tier, at=day, today=today)
    )


def policy(product: str, at: str | None) -> Any:
    """Give the document of the policy in force, as ``GET …/policy`` does."""
    snapshot, today = _snapshot(product)
    day = parse_day(at) if at else today
    found = snapshot.policy_on(day)
    if found is None:
        raise NotFound(f"No policy is in force for {product} on {day}.")
    return policy_document(found)


def audit_verdict() -> Any:
    """Walk the log's chain, as ``GET /v1/audit/verify`` does."""

    async def work(store: Store) -> Verdict:
        async with store.reading() as session:
            return await audit.verify(session)

    return msgspec.to_builtins(with_store(work))


def _snapshot(product: str) -> tuple[Snapshot, date]:
    """Give a product as it stands, and the day it is for it."""

    async def work(store: Store) -> Snapshot:
        return await Snapshots(store, now).get(product)

    snapshot = with_store(work)
    return snapshot, snapshot.today(now())
