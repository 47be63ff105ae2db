"""What the readers of YAML, JSON and TOML share: results, limits and refusals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import msgspec

from lifecycle.documents.storable_text import CONTROLS, name, shown
from lifecycle.errors import BadRequest, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPTH = 50
TOO_DEEP = f"the document is nested more than {DEPTH} levels deep; flatten it."

Path: TypeAlias = tuple[str | int, ...]

_DIGITS = 100


class UnreadableDocument(BadRequest):
    """The document cannot be read."""


class Document(msgspec.Struct, frozen=True):
    """A document's value, and the line (from 1) on which each part begins, where that is known."""

    value: Any
    lines: dict[Path, int]

    def line_of(self, path: Path) -> int | None:
        """Return the line of the part at ``path``, or of the nearest part around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def path_text(path: Path) -> str:
    """Write a path as people do.

    >>> path_text(("releases", 3, "eol"))
    'releases[3].eol'
    """
    steps = (f"[{step}]" if isinstance(step, int) else f".{shown(step)}" for step in path)
    return "".join(steps).removeprefix(".")


def refuse(message: str, line: int | None = None, column: int | None = None) -> NoReturn:
    """Refuse the document, naming the place where it is known."""
    message = message[:1].lower() + message[1:]
    place = f"line {line}, column {column}" if line else ""
    detail = f"{place}: {message}" if place else message
    raise UnreadableDocument(
        detail[:1].upper() + detail[1:],
        problems=[Problem(place, message)],
        **({"line": line, "column": column} if line else {}),
    )


def refuse_syntax(form: str, content: str, line: int | None, column: int = 1) -> NoReturn:
    """Refuse a document that breaks its format's grammar at a place, both counted from 1.

    What the parser says of it stays unsaid: its words change with its releases.
    """
    if line is None:
        refuse(f"the {form} is malformed; check its quotes, brackets and separators.")
    remainder = "\n".join(content.split("\n")[line - 1 :])[column - 1 :]
    if not remainder.strip():
        fault = "is empty" if not content.strip() else "ends before it is complete"
        refuse(f"the {form} {fault}; check that nothing was cut off.", line, column)
    start = remainder.split("\n")[0].strip()[:20]
    where = f"{shown(start)!r}" if start else "the end of this line"
    refuse(f"the {form} is malformed at {where}; check it here.", line, column)


def refuse_control(content: str) -> None:
    """Refuse text that holds a control character, naming its place; other text passes."""
    if match := CONTROLS.search(content):
        before = content[: match.start()]
        line, column = before.count("\n") + 1, match.start() - before.rfind("\n")
        refuse(f"the text holds {name(match[0])}; remove it.", line, column)


def integer(digits: str) -> int:
    """Read an integer of a bounded number of digits."""
    if len(digits) > _DIGITS:
        refuse(f"a number has {len(digits)} digits; at most {_DIGITS} are read.")
    return int(digits)


def finite(digits: str) -> float:
    """Read a float that is not beyond what a float can hold."""
    value = float(digits)
    if not math.isfinite(value):
        refuse(f"the number {digits[:40]} is too large.")
    return value


def check_tree(value: Any) -> None:
    """Refuse a value that is nested too deep, or holds a text that is unfit to store."""
    for depth, part in _walk(value):
        if depth > DEPTH:
            refuse(TOO_DEEP)
        if isinstance(part, str) and (match := CONTROLS.search(part)):
            refuse(f"a text holds {name(match[0])}; remove it: {shown(part)!r}.")


def _walk(value: Any) -> Iterator[tuple[int, Any]]:
    waiting = [(0, value)]
    while waiting:
        depth, part = waiting.pop()
        yield depth, part
        if isinstance(part, dict):
            waiting += [(depth + 1, inner) for pair in part.items() for inner in pair]
        elif isinstance(part, list):
            waiting += [(depth + 1, inner) for inner in part]
