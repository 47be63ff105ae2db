"""Tests of a policy: a table of cases, beside which the policy and releases may stand.

A CSV file is the table alone: ``version``, ``tier``, ``day`` and ``expected``, and perhaps
``supported_until`` and ``end``. In YAML and JSON the list of ``cases`` may have beside it the
``policy`` (its file or its document), and either the ``product`` whose facts count or the
``releases`` themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lifecycle.catalogue.catalogue_inputs import Key, LineBy, LineIn
from lifecycle.documents import (
    Document,
    UnreadableDocument,
    decode,
    lines_of_json,
    load_with_lines,
)
from lifecycle.documents.patterns import Text
from lifecycle.interchange.components import as_written, raise_if_any
from lifecycle.interchange.row_problems import LIMIT, Problems
from lifecycle.interchange.tables import Row, format_of, guess_format, read_table
from lifecycle.support.policy_cases import Case

if TYPE_CHECKING:
    from collections.abc import Sequence

REQUIRED: Final = ("version", "tier", "day", "expected")
_COLUMNS: Final = Case.__struct_fields__
_HINT: Final = f"give at least one, with {', '.join(REQUIRED)}"


class PolicyTestFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in a test beside its cases.

    ``policy`` is the path of a document from the test's folder, or the document. With ``releases``,
    a list, a mapping of versions to days, or the path of such a file, the test needs no store:
    ``scheme``, ``line_by`` and ``lines`` say the rest of the product, and ``today`` is the day on
    which all that is known.
    """

    policy: Text | dict[str, Any] | None = None
    product: Key | None = None
    today: date | None = None
    scheme: Text = "semver"
    line_by: LineBy = "minor"
    lines: dict[Text, LineIn] = {}
    releases: Text | list[Any] | dict[str, Any] | None = None
    cases: list[Any] = []


class PolicyTest(msgspec.Struct, frozen=True):
    """A test as it was read; ``policy`` is its document with the lines, where it is inline."""

    stated: PolicyTestFile
    cases: tuple[Case, ...]
    line_of: Callable[[int], int | None]
    content: str
    policy: Document | None = None


def read_policy_test(text: bytes, *, file: str) -> PolicyTest:
    """Read a test of a policy; all that is wrong with it is said at once, by its lines."""
    content = decode(text, limit=LIMIT)
    form = format_of(file) or guess_format(content)
    table = read_table(content, file=file, wrapper="cases")
    plain = Document(None, {}) if form == "csv" else _plain(content, form)
    document = _document(content, plain, form)
    problems = Problems(file, document)
    problems.found += table.problems.found
    stated = _stated(document.value, problems)
    _check_columns(table.columns, problems)
    cases = [] if problems.found else _cases(table.rows, problems)
    raise_if_any(problems, file)
    if not cases or table.value is not None:
        raise UnreadableDocument(f"{file} has no cases; {_HINT}.")
    lines = [row.line or document.line_of(row.path) for row in table.rows]
    return PolicyTest(stated, tuple(cases), lines.__getitem__, content, _inline(plain))


def _plain(content: str, form: Any) -> Document:
    read = load_with_lines(content, format=form, limit=LIMIT)
    return read if read.lines else Document(read.value, lines_of_json(content))


def _document(content: str, plain: Document, form: Any) -> Document:
    """Return the test with its versions as they are written, and the lines of its parts.

    What a line declares has numbers, and no versions but in its key.
    """
    if not isinstance(plain.value, dict):
        return plain
    value = load_with_lines(content, format=form, limit=LIMIT, numbers_as_text=True).value
    declared = {"lines": plain.value["lines"]} if "lines" in value else {}
    return Document(value | declared, plain.lines)


def _stated(value: Any, problems: Problems) -> PolicyTestFile:
    """Return what stands beside the cases, or note what is wrong with it."""
    if not isinstance(value, dict):
        return PolicyTestFile()
    return problems.read(PolicyTestFile, value, ()) or PolicyTestFile()


def _inline(plain: Document) -> Document | None:
    """Return the policy that stands in the test, with its lines in the test."""
    policy = plain.value.get("policy") if isinstance(plain.value, dict) else None
    if not isinstance(policy, dict):
        return None
    lines = {path[1:]: line for path, line in plain.lines.items() if path[:1] == ("policy",)}
    return Document(policy, lines)


def _check_columns(columns: Sequence[str], problems: Problems) -> None:
    if not columns:
        return
    for missing in (name for name in REQUIRED if name not in columns):
        problems.add((missing,), "is missing among the columns", line=1)
    for unknown in (name for name in columns if name and name not in _COLUMNS):
        allowed = ", ".join(_COLUMNS)
        problems.add((unknown,), f"is not a column; use {allowed}", line=1, allowed=allowed)


def _cases(rows: Sequence[Row], problems: Problems) -> list[Case]:
    cases = []
    for row in rows:
        values = {name: value for name, value in row.values.items() if value is not None}
        case = problems.read(Case, as_written(values), row.path, line=row.line)
        cases += [case] if case else []
    return cases
