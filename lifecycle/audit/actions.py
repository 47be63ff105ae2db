from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import insert, select, update

from lifecycle.audit.chain import By, Entry, link
from lifecycle.audit.models import AuditEntry, AuditHead
from lifecycle.database.store import last_statements, touched

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

HEAD = AuditHead.id == 1


def append(
    session: AsyncSession,
    by: By,
    action: str,
    subject: str,
    *,
    product: str | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Note what this transaction does; the chain takes it up as the transaction's last statement.

    ``details`` hold no secret, and addresses only as digests.
    """
    pending: list[Entry] = session.info.setdefault("audit", [])
    plain = msgspec.to_builtins(details or {})
    pending.append(Entry(0, by.at, by.actor, action, subject, product, plain, "", ""))
    last_statements(session)["audit"] = seal


async def seal(session: AsyncSession) -> None:
    """Link what was noted to the chain. Its head stays locked until the commit, so come last."""
    pending: list[Entry] = session.info.pop("audit", [])
    statement = select(AuditHead.seq, AuditHead.hash).where(HEAD).with_for_update()
    seq, previous = (await session.execute(statement)).one()
    rows = []
    for entry in pending:
        linked = link(entry, seq=seq + 1, previous=previous)
        seq, previous = linked.seq, linked.hash
        rows.append(msgspec.structs.asdict(linked))
    await session.execute(insert(AuditEntry.__table__), rows)  # type: ignore[arg-type]
    await session.execute(update(AuditHead).where(HEAD).values(seq=seq, hash=previous))
    change = touched(session)
    change.head = seq
    change.products.update(entry.product for entry in pending)
