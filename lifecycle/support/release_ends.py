"""Ends of support that releases cause, as they are told."""

from __future__ import annotations

from datetime import date

import msgspec


class CausedEnd(msgspec.Struct, frozen=True, kw_only=True):
    """An end of support for a line and a tier that follows from what was registered.

    ``accounts`` counts those of the tier that run the line. ``deprecation`` is the one that
    announced it, from which ``days_of_notice`` count; without one, nobody is told yet, and they
    count from today.
    """

    line: str
    tier: str
    effective_on: date
    days_of_notice: int
    accounts: int
    deprecation: str | None
    reason: str
