"""Query parameters that several resources share, as the description shows them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from litestar.params import PathParameter, QueryParameter

from lifecycle.documents.patterns import END, PRINTABLE

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
