"""What is wrong with a single value, by the type that it should have."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec
from msgspec import inspect

from lifecycle.documents.storable_text import shown
from lifecycle.documents.type_descriptions import describe, words

MAPPINGS: Final = (dict, Mapping)  # what most are comes first: asking after the other takes longer
EXACT: Final = 1 << 53
"""From here on JavaScript, and other readers of JSON, round whole numbers."""


def leaf_fault(value: Any, kind: inspect.Type) -> str | None:
    """Say what is wrong with a value that has no parts, if anything is."""
    match kind:
        case inspect.StrType():
            return _text_fault(value, kind)
        case inspect.LiteralType() | inspect.EnumType():
            return _word_fault(value, kind)
        case inspect.DateType() | inspect.DateTimeType():
            return _day_fault(value, kind)
        case inspect.IntType() | inspect.FloatType():
            fits = _is_number(value, kind) and _within(value, kind)
        case inspect.BoolType():
            fits = isinstance(value, bool)
        case inspect.NoneType():
            fits = value is None
        case _:
            fits = True  # what is read as anything, or by a type of somebody else's, is not judged
    return None if fits else f"must be {describe(kind)}, not {given(value)}"


def given(value: Any) -> str:
    """Show a value as it was written, or what it is where it has parts."""
    if isinstance(value, MAPPINGS):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(shown(value)) if isinstance(value, str) else str(plain(value))[:80]


def plain(value: Any) -> Any:
    """Reduce a value to what any answer can show; what has parts is shown by its mistakes."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and abs(value) >= EXACT:
        return "a number of more than 15 digits"
    if value is None or isinstance(value, bool | int | float):
        return value
    return None if isinstance(value, dict | list | tuple) else shown(str(value))


def _text_fault(value: Any, kind: inspect.StrType) -> str | None:
    if not isinstance(value, str):
        return f"must be text, not {given(value)}"
    if kind.min_length is not None and len(value) < kind.min_length:
        return "must not be empty" if not value else f"is shorter than {kind.min_length} characters"
    if kind.max_length is not None and len(value) > kind.max_length:
        return f"has {len(value):,} characters; at most {kind.max_length:,} are allowed"
    if kind.pattern is not None and not re.search(kind.pattern, value):
        return f"must be {describe(kind)}, not {given(value)}"
    return None


def _day_fault(value: Any, kind: inspect.DateType | inspect.DateTimeType) -> str | None:
    day = isinstance(kind, inspect.DateType)
    wanted_type = date if day else datetime
    if isinstance(value, wanted_type) and isinstance(value, datetime) is not day:
        return None
    if not isinstance(value, str):
        return f"must be {describe(kind)}, not {given(value)}"
    try:
        msgspec.convert(value, wanted_type)
    except (msgspec.ValidationError, UnicodeError):  # msgspec encodes what it is to read
        form = "YYYY-MM-DD" if day else "RFC 3339, such as 2026-11-20T17:30:00-05:00"
        if not value.strip():
            return f"is empty; use {form}"
        return f"{given(value)} is not a valid {'date' if day else 'timestamp'}; use {form}"
    return None


def _is_number(value: Any, kind: inspect.IntType | inspect.FloatType) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int if isinstance(kind, inspect.IntType) else int | float)


def _within(value: float, kind: inspect.IntType | inspect.FloatType) -> bool:
    return (
        (kind.ge is None or value >= kind.ge)
        and (kind.gt is None or value > kind.gt)
        and (kind.le is None or value <= kind.le)
        and (kind.lt is None or value < kind.lt)
    )


def _word_fault(value: Any, kind: inspect.Type) -> str | None:
    if any(value == word and type(value) is type(word) for word in words(kind)):
        return None
    return f"must be {describe(kind)}, not {given(value)}"
