"""JSON read strictly."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn

from lifecycle.documents.parsed_documents import TOO_DEEP, check_tree, finite, integer, refuse
from lifecycle.documents.storable_text import shown


def load_json(content: str, *, numbers_as_text: bool) -> Any:
    """Return the value, without duplicate keys, deep nesting, NaN or unfit text."""
    number = str if numbers_as_text else None
    try:
        value = json.loads(
            content,
            object_pairs_hook=_pairs,
            parse_constant=_refuse_constant,
            parse_int=number or integer,
            parse_float=number or finite,
        )
    except RecursionError:
        refuse(TOO_DEEP)
    check_tree(value)
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        refuse(f"the key {shown(twice)!r} is given twice in one object; keep one.")
    return value


def _refuse_constant(word: str) -> NoReturn:
    refuse(f"{word} is not a JSON number; use a finite number or null.")
