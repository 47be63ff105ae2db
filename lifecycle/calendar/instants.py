"""Timestamps as people and programs write them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from lifecycle.errors import BadRequest, Problem


def parse_instant(name: str, text: str | None) -> datetime | None:
    """Read a parameter as an instant; a time of day without an offset could be anywhere.

    >>> parse_instant("opened_at", "2026-11-20T17:30:00-05:00").isoformat()
    '2026-11-20T17:30:00-05:00'
    """
    if text is None:
        return None
    try:
        moment = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        moment = None
    if moment is not None and moment.tzinfo is not None:
        return moment
    fault = "is not a valid timestamp" if moment is None else "has no offset, such as Z or -05:00"
    allowed = "RFC 3339, such as 2026-11-20T17:30:00-05:00"
    raise BadRequest(
        f"{name} {text[:100]!r} {fault}; write it as {allowed}.",
        problems=[Problem(name, fault, value=text[:100], allowed=allowed)],
    )
