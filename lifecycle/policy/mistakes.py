"""Everything wrong with a policy document, each with its path, its value and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from lifecycle.documents import Path, UnfitText, check_text
from lifecycle.documents.document_problems import plain
from lifecycle.documents.parsed_documents import path_text
from lifecycle.documents.storable_text import shown
from lifecycle.errors import BadRequest, Problem
from lifecycle.policy.key_places import unknown_key
from lifecycle.policy.window_schema import RULES

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

Mistake: TypeAlias = tuple[Path, str, str | None]
"""Where, what is wrong, and what is allowed there."""

DEEPEST = 40
MOST_PARTS = 20_000
_REQUIRED = {
    "policy": "the policy's name",
    "version": 'the policy\'s version, quoted, such as "1"',
    "in_force_from": "a day, as YYYY-MM-DD",
    "tiers": "a mapping of tier names to their terms",
    "rank": "a whole number, higher for more support",
    "window": f"a mapping with one of {RULES}",
    "count": "a whole number from 1 to 1000",
    "of": "release, patch, minor, major or line",
    "from": "line_release, release or superseded",
    "days": "a list of days of the week, mon to sun",
    "open": 'a time of day, such as "09:00"',
    "close": 'a time of day, such as "18:00"',
    "default": "the period for every tier that is not named",
}
_FORMS = {
    "model_type": "a mapping of keys to values",
    "dict_type": "a mapping of keys to values",
    "tuple_type": "a list",
    "list_type": "a list",
}


def value_at(source: Any, path: Path) -> Any:
    """Give what stands at a path; nothing where it leads nowhere."""
    for part in path:
        if isinstance(source, Mapping):
            source = source.get(part)
        elif isinstance(source, Sequence) and isinstance(part, int) and part < len(source):
            source = source[part]
        else:
            return None
    return source


def walk(source: Any) -> list[Mistake]:
    """Check all texts and keys of a document, and that it is a tree of a bounded size.

    A document that holds itself, or is nested too deep, is refused at once: nothing else can be
    said of it.
    """
    mistakes: list[Mistake] = []
    waiting: list[tuple[Path, Any, frozenset[int]]] = [((), source, frozenset())]
    for _ in range(MOST_PARTS):
        if not waiting:
            return mistakes
        path, part, around = waiting.pop()
        if isinstance(part, str):
            mistakes += _unfit(path, part)
        elif isinstance(part, Mapping | list | tuple):
            _refuse_endless(source, path, part, around)
            inside = around | {id(part)}
            if isinstance(part, Mapping):
                mistakes += [m for key in part for m in _key_mistakes(path, key)]
                waiting += [((*path, str(key)), value, inside) for key, value in part.items()]
            else:
                waiting += [((*path, n), value, inside) for n, value in enumerate(part)]
    raise BadRequest(f"The policy document has more than {MOST_PARTS} parts; make it shorter.")


def _refuse_endless(source: Any, path: Path, part: Any, around: frozenset[int]) -> None:
    fault = ""
    if id(part) in around:
        fault = "refers back to a part that contains it, so it never ends; write the value out"
    elif len(path) > DEEPEST:
        fault = f"is nested more than {DEEPEST} levels deep; flatten it"
    if fault:
        where = path_text(path[:12]) + ("…" if len(path) > 12 else "")  # noqa: PLR2004 - readable
        raise BadRequest(
            f"The policy document cannot be read: {where} {fault}.",
            problems=[Problem(where, fault, value=plain(value_at(source, path)))],
        )


def _unfit(path: Path, text: str) -> list[Mistake]:
    try:
        check_text(text)
    except UnfitText as error:
        return [(path, error.problems[0].message, error.problems[0].allowed)]
    return []


def _key_mistakes(path: Path, key: Any) -> list[Mistake]:
    if not isinstance(key, str):
        message = f'is a key that is not text; quote it: "{shown(str(key))}"'
        return [((*path, str(key)), message, "text")]
    return _unfit((*path, key), key)


def misshapen(error: ValidationError, source: Any) -> list[Mistake]:
    """Say what the shape's check found, in a policy author's words."""
    found = error.errors(include_url=False)
    return [_say(details, source) for details in found if not _follows(details, source)]


def _follows(details: ErrorDetails, source: Any) -> bool:
    """Tell whether a list counts as empty only because its entries were refused, each by itself."""
    return details["type"] == "too_short" and bool(value_at(source, details["loc"]))


def _say(details: ErrorDetails, source: Any) -> Mistake:
    kind, context = details["type"], details.get("ctx") or {}
    path = details["loc"] if kind == "missing" else _real_path(details["loc"], source)
    if kind == "refused":
        return path, context["message"], context["allowed"]
    if kind == "missing":
        return path, "is required", _REQUIRED.get(str(path[-1]))
    if kind == "extra_forbidden":
        return unknown_key(path)
    if kind in _FORMS:
        return path, f"must be {_FORMS[kind]}", _FORMS[kind]
    if kind == "too_short":
        return path, "needs at least one entry", None
    if kind == "too_long":
        return path, f"has too many entries; at most {context['max_length']} are allowed", None
    return path, "is not valid here", None


def _real_path(loc: tuple[int | str, ...], source: Any) -> Path:
    """Keep the part of a place that the document has.

    A lone word is checked as a list of one, a bare period as a mapping with a default.
    """
    path: list[int | str] = []
    for part in loc:
        listed = isinstance(source, list | tuple) and isinstance(part, int)
        if not listed and not (isinstance(source, Mapping) and part in source):
            break
        path.append(part if listed else str(part))
        source = source[part]
    return tuple(path)
