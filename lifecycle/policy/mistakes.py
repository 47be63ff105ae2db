"""What is wrong with a document as such: texts unfit to store, keys that are not text, no tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lifecycle.documents import Path, UnfitText, check_text
from lifecycle.documents.mismatches import Mismatch
from lifecycle.documents.parsed_documents import path_text
from lifecycle.documents.storable_text import LONGEST, shown
from lifecycle.documents.value_faults import plain
from lifecycle.errors import BadRequest, Problem

DEEPEST = 40
MOST_PARTS = 20_000
_PARTED = (dict, list, tuple, Mapping)  # what most are comes first


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


def walk(source: Any) -> list[Mismatch]:
    """Check all texts and keys of a document, and that it is a tree of a bounded size.

    A document that holds itself, or is nested too deep, is refused at once: nothing else can be
    said of it.
    """
    mistakes: list[Mismatch] = []
    waiting: list[tuple[Path, Any, frozenset[int]]] = [((), source, frozenset())]
    for _ in range(MOST_PARTS):
        if not waiting:
            return mistakes
        path, part, around = waiting.pop()
        if isinstance(part, str):
            mistakes += _unfit(path, part)
        elif isinstance(part, _PARTED):
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


def _unfit(path: Path, text: str) -> list[Mismatch]:
    if text.isprintable() and len(text) <= LONGEST:
        return []
    try:
        check_text(text)
    except UnfitText as error:
        problem = error.problems[0]
        return [Mismatch(path, problem.message, text, problem.allowed)]
    return []


def _key_mistakes(path: Path, key: Any) -> list[Mismatch]:
    if not isinstance(key, str):
        fault = f'is a key that is not text; quote it: "{shown(str(key))}"'
        return [Mismatch((*path, str(key)), fault, None, "text")]
    return [fault._replace(value=None) for fault in _unfit((*path, key), key)]
