"""Whether an answer promises support, and for how long at least (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PROMISED: Final = frozenset({"supported", "ending"})
"""The statuses of answers that promise support on the day asked about."""


def at_least(answer: Mapping[str, Any]) -> str | None:
    """Return the last day that is certain, where no later one is estimated.

    >>> at_least({"projected_until": {"median": "2027-01-14"}, "at_least_until": "2027-01-14"})
    '2027-01-14'
    >>> at_least({"projected_until": {"median": "2027-01-15"}, "at_least_until": "2027-01-14"})
    """
    projected, certain = answer.get("projected_until"), answer.get("at_least_until")
    is_last = certain and (not projected or projected["median"] <= certain)
    return str(certain) if is_last else None
