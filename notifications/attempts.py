"""Tries are noted many at once: as one JSON text, which either store unfolds into rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import text

from notifications.leased_messages import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from notifications.outcomes import Tried

# A parameter for each value would take twice as long to prepare as the store takes to keep it.
_INTO = """
INSERT INTO attempts (delivery_id, at, milliseconds, succeeded, status, answer, body_sha256)
"""
_STATEMENTS = {
    "sqlite": text(
        _INTO
        + """
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
       json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]'),
       json_extract(value, '$[6]')
FROM json_each(:tries)
"""
    ),
    "postgresql": text(
        _INTO
        + """
SELECT (value ->> 0)::bigint, (value ->> 1)::timestamp AT TIME ZONE 'UTC', (value ->> 2)::integer,
       (value ->> 3)::boolean, (value ->> 4)::integer, value ->> 5, value ->> 6
FROM json_array_elements(CAST(:tries AS json))
"""
    ),
}


async def store(session: AsyncSession, tried: Sequence[Tried]) -> None:
    """Note each try that was made; what was skipped was none."""
    rows = [
        (
            attempt.leased.delivery_id,
            _written(attempt.at),
            outcome.milliseconds,
            outcome.succeeded,
            outcome.status,
            outcome.answer,
            outcome.body_sha256,
        )
        for attempt in tried
        if isinstance(outcome := attempt.outcome, Outcome)
    ]
    if rows:
        connection = await session.connection()
        insert = _STATEMENTS[connection.dialect.name]
        await connection.execute(insert, {"tries": msgspec.json.encode(rows).decode()})


def _written(moment: datetime) -> str:
    """Write a moment as SQLite keeps it, in UTC and without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
