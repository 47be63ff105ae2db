"""Entries of the log that named somebody who was erased: blanked, and yet proven to belong there.

Such an entry keeps its place, its instant, its hash and what kind of change it was. The entry about
the erasure lists it, so that whoever verifies the chain sees that nobody else blanked it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from lifecycle.audit.models import AuditEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

ERASED = "account.erased"
AT_ONCE = 500


async def blank(session: AsyncSession, numbers: Sequence[int], pseudonym: str) -> None:
    """Take out of entries who did what to whom; their hashes and places stay."""
    blanked = {"actor": "erased", "subject": pseudonym, "details": {}, "erased": True}
    for start in range(0, len(numbers), AT_ONCE):
        batch = numbers[start : start + AT_ONCE]
        statement = update(AuditEntry).where(AuditEntry.seq.in_(batch), AuditEntry.action != ERASED)
        await session.execute(statement.values(blanked))


async def erasures(session: AsyncSession) -> dict[int, int]:
    """Return the entries that erasures list, each with the number of the erasure's own entry."""
    statement = select(AuditEntry.seq, AuditEntry.details).where(AuditEntry.action == ERASED)
    return {
        number: row.seq
        for row in await session.execute(statement)
        for first, last in row.details.get("entries", ())
        for number in range(first, min(last + 1, row.seq))
    }


def spans(numbers: Sequence[int]) -> list[Any]:
    """Write sorted numbers as spans, each with its first and last.

    >>> spans([1, 2, 3, 7])
    [[1, 3], [7, 7]]
    """
    written: list[list[int]] = []
    for number in numbers:
        if written and written[-1][1] == number - 1:
            written[-1][1] = number
        else:
            written.append([number, number])
    return written
