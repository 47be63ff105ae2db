"""What forms on pages send: a field that is left empty counts as not sent."""

from __future__ import annotations

from typing import Annotated

from litestar.params import QueryParameter

from lifecycle.documents.patterns import END
from lifecycle.documents.storable_text import check_text, escaped
from lifecycle.errors import BadRequest, Problem

PRINTABLE_OR_EMPTY = "^[^\\x00-\\x1f\\x7f-\\x9f]*" + END
DIGITS = 7
"""The number of a page has fewer."""
LONGEST_FIELD = 200
LONGEST_LIST = 100_000
"""Of names with commas between them, of which there are too many before this is reached."""

FormText = Annotated[
    str | None,
    QueryParameter(description="A field of the form; empty counts as not sent."),
]
"""Whatever was sent: what is wrong with it is said beside the form as it was filled."""


def filled(text: str | None) -> str | None:
    """Return what a field holds, without the spaces around it; None where it is empty.

    >>> filled(" 3.35.2 "), filled("  "), filled(None)
    ('3.35.2', None, None)
    """
    return (text or "").strip(" ") or None


def shown_again(text: str | None, longest: int = LONGEST_FIELD) -> str | None:
    r"""Return what a field held as the form shows it again: cut, and what does not print escaped.

    >>> shown_again(" 3.35\0 ")
    '3.35\\x00'
    """
    value = filled(text)
    return None if value is None else escaped(value[:longest])


def page_number(text: str | None, last: int) -> int:
    """Read which page of a list of so many is asked for, the first if none is named.

    >>> page_number(None, 3), page_number("2", 3)
    (1, 2)
    """
    if text is None:
        return 1
    if text.isdecimal() and len(text) < DIGITS and 1 <= int(text) <= last:
        return int(text)
    fault, allowed = "is not one of its pages", "1" if last == 1 else f"1 to {last}"
    raise BadRequest(
        f"page {text[:20]!r} {fault}; use {allowed}.",
        problems=[Problem("page", fault, value=text[:20], allowed=allowed)],
    )


def check_fields(*, longest: int = LONGEST_FIELD, **fields: str | None) -> None:
    """Refuse what no field can hold: control characters, or too many characters."""
    for name, text in fields.items():
        check_text(filled(text) or "", field=name, longest=longest)
