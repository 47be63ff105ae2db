"""Query parameters that several resources share, as the description shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from litestar.params import PathParameter, QueryParameter

PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]+$"

At = Annotated[
    date | None,
    QueryParameter(description="The day asked about, under today's knowledge; today if left out."),
]
TierName = Annotated[
    str | None, QueryParameter(description="One tier; all of them if left out.", pattern=PRINTABLE)
]
Cursor = Annotated[
    str | None,
    QueryParameter(
        description="`next` of the page before; the first page if left out.",
        pattern="^[A-Za-z0-9_-]+$",
    ),
]
Limit = Annotated[int, QueryParameter(description="Items a page.", ge=1, le=500)]
Instant = Annotated[
    datetime | None, QueryParameter(description="An instant with its offset, RFC 3339.")
]

Slug = Annotated[str, PathParameter(description="The product's slug.", pattern=PRINTABLE)]
AccountSlug = Annotated[str, PathParameter(description="The account's slug.", pattern=PRINTABLE)]
Name = Annotated[str, PathParameter(description="Percent-encoded, slashes too.", pattern=PRINTABLE)]
