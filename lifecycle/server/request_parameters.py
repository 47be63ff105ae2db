"""Query parameters that several resources share, as the description shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import msgspec
from litestar.params import PathParameter, QueryParameter

from lifecycle.documents.patterns import END
from lifecycle.errors import BadRequest, Problem

PRINTABLE = "^[^\\x00-\\x1f\\x7f-\\x9f]+" + END

At = Annotated[
    date | None,
    QueryParameter(description="The day asked about, in the policy's zone; today if left out."),
]
TierName = Annotated[
    str | None, QueryParameter(description="One tier; all of them if left out.", pattern=PRINTABLE)
]
Cursor = Annotated[
    str | None,
    QueryParameter(
        description="`next` of the page before; the first page if left out.",
        pattern="^[A-Za-z0-9_-]+" + END,
    ),
]
Limit = Annotated[int, QueryParameter(description="The most items of a page.", ge=1, le=500)]
Instant = Annotated[
    str | None,
    QueryParameter(
        description="A timestamp with its offset, as in RFC 3339.",
        schema_extra={"format": "date-time"},
    ),
]
"""Text: read as an instant by Litestar, ``1`` would be a second after midnight in 1970."""

Slug = Annotated[str, PathParameter(pattern=PRINTABLE)]
AccountSlug = Annotated[str, PathParameter(pattern=PRINTABLE)]
DeprecationId = Annotated[str, PathParameter(pattern=PRINTABLE)]
SubscriptionId = Annotated[str, PathParameter(pattern=PRINTABLE)]
DeliveryId = Annotated[int, PathParameter(ge=1, le=2**53)]
Number = Annotated[int, PathParameter(ge=1, le=2**53)]
OfDeprecation = Annotated[
    str | None, QueryParameter(description="Only those of this deprecation.", pattern=PRINTABLE)
]
OfProduct = Annotated[
    str | None, QueryParameter(description="Only those of this product.", pattern=PRINTABLE)
]
Name = Annotated[str, PathParameter(pattern=PRINTABLE)]


def instant(name: str, text: str | None) -> datetime | None:
    """Read a parameter as an instant; a time of day without an offset could be anywhere.

    >>> instant("opened_at", "2026-11-20T17:30:00-05:00").isoformat()
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
