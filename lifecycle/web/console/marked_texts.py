r"""A document's text as people mend it: its lines with their numbers, and each mistake at its line.

>>> from lifecycle.policy.policy_documents import parse_policy
>>> text = "policy: ours\nversion: '1'\nin_force_from: soon\ntiers: {pro: {rank: one}}\n"
>>> try:
...     parse_policy(text)
... except LifecycleError as refusal:
...     faults = find_faults(text, refusal)
>>> for fault in faults:
...     print(fault.line, fault.field, fault.message[:20], sep=" | ")
3 | in_force_from | 'soon' is not a vali
4 | tiers.pro.rank | must be a whole numb
4 | tiers.pro.window | is required
>>> [line.number for line in number_lines(text, faults) if line and line.faults]
[3, 4]
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from lifecycle.documents import UnreadableDocument, lines_of_json, load_with_lines
from lifecycle.documents.parsed_documents import path_text
from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_FAULTS: Final = 200
MOST_LINES: Final = 1000
AROUND: Final = 3
"""So many lines around each mistake are shown of a text that is too long to be shown whole."""
LONGEST_LINE: Final = 500
_LINE: Final = re.compile(r"\bline (?P<line>\d{1,7})\b")


class Fault(NamedTuple):
    """A mistake: its line, where that is known, its path, what is wrong, and what is allowed."""

    line: int | None
    field: str
    message: str
    allowed: str | None


class NumberedLine(NamedTuple):
    """A line of the text, and the mistakes in it."""

    number: int
    text: str
    faults: tuple[Fault, ...]


def find_faults(text: str, refusal: LifecycleError) -> list[Fault]:
    """Return what a document was refused for, each fault at its line, in their order."""
    if not refusal.problems:
        return [Fault(None, "", refusal.detail, None)]
    last = text.removesuffix("\n").count("\n") + 1  # where what is cut off ends
    named_lines = [
        _LINE.search(problem.message) or _LINE.search(problem.field) for problem in refusal.problems
    ]
    lines = {} if all(named_lines) else _lines_of(text)
    faults = []
    for problem, named in zip(refusal.problems, named_lines, strict=True):
        line = int(named["line"]) if named else _line_of(problem.field, lines)
        message = problem.message.removesuffix(f" (line {line})")
        field = "" if _LINE.search(problem.field) else problem.field
        faults.append(Fault(line and min(line, last), field, message, problem.allowed))
    return sorted(faults, key=lambda fault: fault.line or 0)


def number_lines(text: str, faults: Sequence[Fault]) -> list[NumberedLine | None]:
    """Return the lines of a text; where it is long, those around its mistakes, None between."""
    by_line: defaultdict[int, list[Fault]] = defaultdict(list)
    for fault in faults[:MOST_FAULTS]:
        if fault.line:
            by_line[fault.line].append(fault)
    lines = text.removesuffix("\n").split("\n")
    near = range(1, len(lines) + 1)
    shown = [*near] if len(lines) <= MOST_LINES else _around(by_line, near)
    numbered: list[NumberedLine | None] = []
    for place, number in enumerate(shown):
        if number != (shown[place - 1] if place else 0) + 1:
            numbered.append(None)
        content = lines[number - 1][:LONGEST_LINE]
        numbered.append(NumberedLine(number, content, tuple(by_line[number])))
    return numbered


def mark_faults(text: str, refusal: LifecycleError) -> list[NumberedLine | None]:
    """Return the lines of a text as they are numbered, if it has a fault whose line is known."""
    faults = find_faults(text, refusal)
    return number_lines(text, faults) if any(fault.line for fault in faults) else []


def _around(marked: Mapping[int, object], lines: range) -> list[int]:
    near = {
        number
        for line in marked
        for number in range(line - AROUND, line + AROUND + 1)
        if number in lines
    }
    return sorted(near)[:MOST_LINES]


def _lines_of(text: str) -> dict[str, int]:
    """Return the lines of a document's parts by their paths, for refusals that name no line."""
    try:
        lines = load_with_lines(text).lines or lines_of_json(text)
    except UnreadableDocument:
        return {}
    return {path_text(path): line for path, line in lines.items()}


def _line_of(field: str, lines: Mapping[str, int]) -> int | None:
    """Return the line of a part, or of the nearest one around it that is there."""
    while field and field not in lines:
        field = field[: max(field.rfind("."), field.rfind("["), 0)]
    return lines.get(field)
