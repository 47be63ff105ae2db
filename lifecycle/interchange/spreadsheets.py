"""Tables as CSV (RFC 4180), which a spreadsheet opens without taking a text for a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MEDIA_TYPE: Final = "text/csv"
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
"""With these, in either width, begins what spreadsheets calculate or call."""


def write_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Write rows below the names of their columns, in UTF-8; what is None is an empty field.

    >>> write_table(("name", "note"), [("widget", "=1+1"), ("a", None)]).split()
    [b'name,note', b"widget,'=1+1", b'a,']
    """
    return write_rows([columns]) + write_rows(rows)


def write_rows(rows: Iterable[Sequence[Any]]) -> bytes:
    """Write rows alone, as those that follow in a table which is sent in parts."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([_field(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _field(value: Any) -> str:
    """Write a value as JSON has it, and mark as text what would be calculated."""
    if value is None:
        return ""
    text = str(msgspec.to_builtins(value))
    return f"'{text}" if text.startswith(_FORMULAS) else text
