"""What forms on pages send: a field that is left empty counts as not sent."""

from __future__ import annotations

from typing import Annotated

from litestar.params import QueryParameter

from lifecycle.documents.patterns import END

PRINTABLE_OR_EMPTY = "^[^\\x00-\\x1f\\x7f-\\x9f]*" + END

FormText = Annotated[
    str | None,
    QueryParameter(
        description="A field of the form; empty counts as not sent.", pattern=PRINTABLE_OR_EMPTY
    ),
]


def filled(text: str | None) -> str | None:
    """Return what a field holds, without the spaces around it; None where it is empty.

    >>> filled(" 3.35.2 "), filled("  "), filled(None)
    ('3.35.2', None, None)
    """
    return (text or "").strip() or None
