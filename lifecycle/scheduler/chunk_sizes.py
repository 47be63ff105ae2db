"""How many accounts a chunk has: few enough that SQLite is not locked for long."""

from __future__ import annotations

from typing import Final

import msgspec

LOCKED_FOR: Final = 0.06
"""Seconds for which one chunk may lock SQLite; a tenth of a second is too long."""

FIRST: Final = 4_000
LEAST: Final = 3_000
"""Of fewer, most of the time would be the transaction's own."""

MOST: Final = 10_000
"""Nobody waits for a chunk on PostgreSQL; a greater one is hardly quicker there."""

FASTER: Final = 1.25
SLOWER: Final = 0.75


class Pace(msgspec.Struct):
    """How many accounts the next chunk has, going by how long the last one took."""

    chunk: int
    fixed: bool

    def took(self, seconds: float) -> None:
        """Follow how long the last chunk held its lock.

        >>> pace = pace_on("sqlite")
        >>> pace.took(0.02)
        >>> pace.chunk
        5000
        >>> pace.took(0.2)
        >>> pace.chunk
        3750
        """
        if not self.fixed:
            factor = min(max(LOCKED_FOR / max(seconds, 0.001), SLOWER), FASTER)
            self.chunk = min(max(int(self.chunk * factor), LEAST), MOST)


def pace_on(dialect: str, chunk: int | None = None) -> Pace:
    """Return the pace at which to begin on a store of an engine; a given ``chunk`` stays."""
    if chunk is not None:
        return Pace(chunk, fixed=True)
    if dialect == "sqlite":
        return Pace(FIRST, fixed=False)
    return Pace(MOST, fixed=True)
