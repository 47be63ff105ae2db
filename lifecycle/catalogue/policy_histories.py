"""All policies that a product ever had: who entered each and when, and which were replaced."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import select

from lifecycle.audit.models import AuditEntry
from lifecycle.catalogue.former_names import load_former_names
from lifecycle.catalogue.models import StoredPolicy
from lifecycle.policy.policy_documents import read_stored
from lifecycle.policy.succession import Entered

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from lifecycle.catalogue.models import Product
    from lifecycle.policy.policies import Policy

ACTIONS: Final = ("policy.entered", "policy.replaced")


class EnteredPolicy(msgspec.Struct, frozen=True):
    """A policy as it was entered; ``by`` is None where the log does not say who did.

    ``entered`` begins the time in which it may be replaced. One with ``replaced_at`` never counted.
    """

    id: int
    entered: Entered
    by: str | None
    at: datetime
    replaced_at: datetime | None

    @property
    def policy(self) -> Policy:
        """What it says."""
        return self.entered.policy


async def load_policy_history(session: AsyncSession, product: Product) -> list[EnteredPolicy]:
    """Return a product's policies in order of their days, those that were replaced included."""
    statement = (
        select(StoredPolicy)
        .where(StoredPolicy.product_id == product.id)
        .order_by(StoredPolicy.in_force_from, StoredPolicy.id)
    )
    logged = await _logged(session, product)
    history = []
    for stored in await session.scalars(statement):
        policy = read_stored(stored.document)
        entries = logged[msgspec.json.encode(stored.document, order="sorted")]
        by, at = entries.pop(0) if entries else (None, stored.registered_at)
        entered = Entered(policy, stored.registered_at, relied_on=stored.relied_on_at is not None)
        history.append(EnteredPolicy(stored.id, entered, by, at, stored.replaced_at))
    return history


async def _logged(
    session: AsyncSession, product: Product
) -> defaultdict[bytes, list[tuple[str, datetime]]]:
    """Return who entered each document and when, the first time first."""
    former = (await load_former_names(session, [product.slug]))[product.slug]
    statement = (
        select(
            AuditEntry.seq, AuditEntry.product, AuditEntry.actor, AuditEntry.at, AuditEntry.details
        )
        .where(
            AuditEntry.product.in_({name.slug for name in former.names}),
            AuditEntry.action.in_(ACTIONS),
        )
        .order_by(AuditEntry.seq)
    )
    logged: defaultdict[bytes, list[tuple[str, datetime]]] = defaultdict(list)
    for entry in await session.execute(statement):
        if former.had(entry.product or "", entry.seq):
            document: Any = entry.details.get("document")
            key = msgspec.json.encode(document, order="sorted")
            logged[key].append((entry.actor, entry.at))
    return logged
