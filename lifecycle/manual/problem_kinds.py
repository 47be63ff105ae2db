"""What the manual says of each kind of error, as its tables in ``errors.md`` have it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from lifecycle.manual.contents import get_topic

if TYPE_CHECKING:
    from collections.abc import Iterator


class ProblemCase(msgspec.Struct, frozen=True):
    """A kind of error under one status: when it is raised, and what to do; both are Markdown."""

    status: int
    when: str
    advice: str


class ProblemKind(msgspec.Struct, frozen=True):
    """A kind of error: its name for programs, its type in addresses, and when it is raised."""

    name: str
    type: str
    cases: tuple[ProblemCase, ...]


def problem_type(name: str) -> str:
    """Write a kind's name as addresses have it.

    >>> problem_type("UnknownRelease"), problem_type("NotADemoStore")
    ('unknown-release', 'not-a-demo-store')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


@cache
def problem_kinds() -> dict[str, ProblemKind]:
    """Return the kinds of errors by their types, in the order of their statuses."""
    text = get_topic("errors").text
    advice = {int(status): todo for status, _, todo in _rows(text, "status") if status.isdigit()}
    kinds: dict[str, ProblemKind] = {}
    for quoted, status, when in _rows(text, "`error`"):
        name = quoted.strip("`")
        case = ProblemCase(int(status), when, advice.get(int(status), ""))
        cases = kinds[problem_type(name)].cases if problem_type(name) in kinds else ()
        kinds[problem_type(name)] = ProblemKind(name, problem_type(name), (*cases, case))
    return kinds


def _rows(text: str, header: str) -> Iterator[list[str]]:
    """Yield the cells of the table whose first column has a header."""
    _, _, table = text.partition(f"\n| {header} |")
    for line in table.partition("\n\n")[0].splitlines()[2:]:
        yield [cell.strip() for cell in line.strip("|").split(" | ")]
