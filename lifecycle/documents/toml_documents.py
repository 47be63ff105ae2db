"""TOML read strictly, with the lines of its parts.

Neither the standard library's reader nor tomlkit tells lines, and tomlkit takes half as long again
as all that is done here. They follow from what TOML is: statements, each of
which begins on a line of its own and is by itself a document of TOML.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, NoReturn

from lifecycle.documents.parsed_documents import (
    DEPTH,
    TOO_DEEP,
    Document,
    Path,
    check_tree,
    finite,
    integer,
    refuse,
    refuse_syntax,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 100
"""The lines of the longest statement that is taken apart; after a longer one no lines are told."""
LARGEST = 10_000
"""The characters of the largest document of which lines are told."""

# Python tells the place in its message alone before 3.14. A message without one is no loss: the
# place is then found by reading the statements.
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)$")
_CONTRADICTION = "this line of TOML contradicts one above it, such as a key given twice; keep one."
_PART = r"""(?>[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
# The library's memory grows with the square of a dotted key's length.
_DEEP_KEY = re.compile(rf"(?<![^\s{{\[,])(?:{_PART}[ \t]*+\.[ \t]*+){{{DEPTH}}}")


def load_toml(content: str, *, numbers_as_text: bool) -> Document:
    """Return the document; days are days, and times and instants are text, as they are in YAML.

    With ``numbers_as_text`` fractions stay as written, while whole numbers are written in decimal.
    """
    number = str if numbers_as_text else finite
    content = content.replace("\r\n", "\n")
    try:
        if _DEEP_KEY.search(content):
            refuse(TOO_DEEP)
        value = tomllib.loads(content, parse_float=number)
    except RecursionError:
        refuse(TOO_DEEP)
    except ValueError as error:
        _refuse(error, content)
    # Whatever recurses below is bounded by this.
    check_tree(value)
    return Document(_plain(value, numbers_as_text=numbers_as_text), _lines(content))


def _refuse(error: ValueError, content: str) -> NoReturn:
    lines = content.split("\n")
    if match := _PLACE.search(str(error)):
        line, column = int(match[1]), int(match[2])
        if _read([lines[line - 1]]) is None:
            refuse_syntax("TOML", content, line, column)
        refuse(_CONTRADICTION, line, 1)
    if len(content) > LARGEST:
        refuse_syntax("TOML", content, None)
    ends = [first + len(statement) - 1 for first, statement in _statements(lines)]
    complete = ends[-1] if ends else 0
    if complete < len(lines):
        message = "the TOML statement that begins here is malformed or never ends; check it."
        refuse(message, complete + 1, 1)
    place = bisect_left(ends, x=True, key=lambda end: _read(lines[:end]) is None)
    refuse(_CONTRADICTION, (ends[place - 1] + 1 if place else 1), 1)


def _plain(value: Any, *, numbers_as_text: bool) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part, numbers_as_text=numbers_as_text) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part, numbers_as_text=numbers_as_text) for part in value]
    if isinstance(value, datetime | time):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if numbers_as_text else integer(str(value))
    return value


def _lines(content: str) -> dict[Path, int]:
    """Return the line of each part of a document that is known to be valid."""
    lines: dict[Path, int] = {(): 1}
    table: Path = ()
    counts: dict[Path, int] = {}
    if len(content) > LARGEST:
        return lines
    for line, statement in _statements(content.split("\n")):
        value = _read(statement)
        if statement[0].lstrip().startswith("["):
            table = _table(value, counts, listed=statement[0].lstrip().startswith("[["))
            lines.setdefault(table, line)
        else:
            _note(value, table, line, lines)
            _note_elements(statement, value, table, line, lines)
    return lines


def _statements(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield each statement's first line, from 1, and its lines: no beginning of one is complete."""
    start = 0
    while start < len(lines):
        ends = range(start + 1, min(start + LONGEST, len(lines)) + 1)
        end = next((end for end in ends if _read(lines[start:end]) is not None), None)
        if end is None:
            return
        yield start + 1, lines[start:end]
        start = end


def _read(lines: list[str], closing: str = "") -> dict[str, Any] | None:
    try:
        return tomllib.loads("\n".join(lines) + closing, parse_float=str)
    except ValueError:
        return None


def _table(header: Any, counts: dict[Path, int], *, listed: bool) -> Path:
    """Return the path that a header opens, below the latest entries of lists of tables."""
    path: Path = ()
    while isinstance(header, dict) and header:
        ((key, header),) = header.items()
        path = (*path, key)
        last = listed and isinstance(header, list)
        if last:
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
        if last:
            break
    return path


def _note(value: Any, path: Path, line: int, lines: dict[Path, int]) -> None:
    parts = value.items() if isinstance(value, dict) else ()
    for key, part in parts:
        lines.setdefault((*path, key), line)
        _note(part, (*path, key), line, lines)


def _note_elements(
    statement: list[str], value: Any, path: Path, line: int, lines: dict[Path, int]
) -> None:
    """Note where the elements of a list over several lines stand."""
    while isinstance(value, dict) and value:
        ((key, value),) = value.items()
        path = (*path, key)
    if not isinstance(value, list):
        return
    index = 0
    for end in range(1, len(statement) + 1):
        read = _read(statement[:end], "\n]") if end < len(statement) else None
        count = len(value) if end == len(statement) else _length(read) or index
        for place in range(index, count):
            lines[*path, place] = line + end - 1
        index = max(index, count)


def _length(value: Any) -> int:
    while isinstance(value, dict) and value:
        ((_, value),) = value.items()
    return len(value) if isinstance(value, list) else 0
