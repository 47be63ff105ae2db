"""Lists of entries, as JSON, YAML or CSV: each entry a mapping, with its place in the file."""

from __future__ import annotations

import csv
import io
import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, TypeAlias

import msgspec

from lifecycle.documents import (
    Path,
    UnfitText,
    UnreadableDocument,
    check_text,
    decode,
    load_with_lines,
)
from lifecycle.documents.suggestions import did_you_mean, nearest_words
from lifecycle.interchange.row_problems import LIMIT, Problems

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

Format: TypeAlias = Literal["json", "yaml", "csv"]

_FORMATS: Final[dict[str, Format]] = {
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".csv": "csv",
    ".tsv": "csv",
}
MOST_NOTED: Final = 20
"""So many columns that are not read are named, each in a note."""
_DELIMITERS: Final = ",;\t"
_KEY: Final = re.compile(rf"[^{_DELIMITERS}]+:(?: |$)")
_TOO_LONG: Final = (
    f"has a cell of more than {csv.field_size_limit():,} characters; check its quotes, and that "
    "it is a table with line breaks"
)
"""That is all that the reader of CSV refuses."""


class Row(msgspec.Struct, frozen=True):
    """One entry: its values by name, its path, and its line where only the reader knows it.

    A cell that is empty is ``None``; what the entry has no cell for is missing.
    """

    values: dict[str, Any]
    path: Path = ()
    line: int | None = None


class Table(msgspec.Struct, frozen=True):
    """What a file holds: its ``rows``, or another ``value`` at ``path``, no list of mappings."""

    rows: list[Row]
    problems: Problems
    columns: tuple[str, ...] = ()
    value: Any = None
    path: Path = ()


def format_of(file: str) -> Format | None:
    """Tell a format by a file's name.

    >>> format_of("customers.CSV"), format_of("customers")
    ('csv', None)
    """
    return _FORMATS.get(PurePath(file).suffix.lower())


def guess_format(text: str) -> Format:
    r"""Tell the format of a text that comes without a file's name.

    >>> guess_format('[{"account": "acme"}]'), guess_format("# ours\n- account: acme")
    ('json', 'yaml')
    >>> guess_format("1.4.0: 2026-06-16"), guess_format("account,tier\nacme,pro")
    ('yaml', 'csv')
    """
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    if first.startswith(("[", "{")):
        return "json"
    return "yaml" if first.startswith(("- ", "---")) or _KEY.match(first) else "csv"


def read_table(text: str | bytes, *, file: str, wrapper: str) -> Table:
    """Read a file in the format its name tells; a mapping may hold the list under ``wrapper``.

    Where the name tells none, as that of what was pasted, the text does.
    """
    form = format_of(file) or (guess_format(text) if isinstance(text, str) else None)
    return _csv(text, file) if form == "csv" else _document(text, file, wrapper, form)


def note_unread(
    table: Table,
    rows: Iterable[Row],
    readable: Collection[str],
    file: str,
    *,
    likeness: float = 0.6,
) -> Iterator[str]:
    """Yield a note for each column of a table, or name in its ``rows``, that is not readable.

    A readable one that is at least so like it is suggested.
    """
    names = table.columns or dict.fromkeys(name for row in rows for name in row.values)
    unread = [name for name in names if name and name not in readable]
    for name in unread[:MOST_NOTED]:
        hint = did_you_mean(nearest_words(name, readable, likeness=likeness)) or "."
        yield f"{file}: {name[:100]!r} is not a known column and is not read{hint}"
    if more := len(unread[MOST_NOTED:]):
        yield f"{file}: {more:,} more {'column is' if more == 1 else 'columns are'} not read."


def describe_empty(file: str) -> str:
    """Note that a list has no entries, which may be a mistake."""
    return f"{file} has no entries; check that it is the whole list."


def _document(
    text: str | bytes, file: str, wrapper: str, form: Literal["json", "yaml"] | None
) -> Table:
    document = load_with_lines(text, format=form, limit=LIMIT, numbers_as_text=True)
    problems = Problems(file, document)
    value = document.value
    path: Path = ()
    if isinstance(value, dict) and isinstance(value.get(wrapper), list | dict):
        value, path = value[wrapper], (wrapper,)
    if value is None:
        _refuse_empty(file)
    if not isinstance(value, list):
        return Table([], problems, value=value, path=path)
    rows = []
    for place, entry in _entries(value, path):
        if isinstance(entry, dict):
            rows.append(Row(entry, place))
        else:
            problems.add(place, "must be a mapping of names to values", value=entry)
    return Table(rows, problems)


def _entries(listed: list[Any], path: Path) -> Iterator[tuple[Path, Any]]:
    """Yield the entries of a list, or of the pages that it consists of."""
    paged = bool(listed) and all(isinstance(page, list) for page in listed)
    for place, entry in enumerate(listed):
        if paged:
            yield from (((*path, place, below), value) for below, value in enumerate(entry))
        else:
            yield (*path, place), entry


def _csv(text: str | bytes, file: str) -> Table:
    problems = Problems(file)
    lines = _lines(decode(text, limit=LIMIT), problems)
    header = next(lines, (0, []))[1]
    if problems.found:
        (unread,) = problems.found
        raise UnreadableDocument(f"{unread}.", problems=[unread])
    columns = tuple(cell.lower() for cell in header)
    if twice := next((name for name in columns if columns.count(name) > 1), None):
        raise UnreadableDocument(f"{file}: the column {twice!r} is given twice; keep one.")
    if not columns:
        _refuse_empty(file)
    rows = []
    for line, cells in lines:
        if len(cells) > len(columns):
            problems.add((), f"has {len(cells)} cells, the header has {len(columns)}", line=line)
        elif not (wrong := _unfit(cells)):
            named = zip(columns, cells, strict=False)
            rows.append(Row({name: cell or None for name, cell in named}, line=line))
        else:
            problems.add((), wrong, line=line)
    return Table(rows, problems, columns)


def _lines(content: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Yield the trimmed cells of each line that has any, the header first."""
    header = next((line for line in content.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
    while True:
        line = reader.line_num + 1
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            problems.add((), _TOO_LONG, line=line)
            continue
        if any(cells):
            yield line, cells


def _unfit(cells: list[str]) -> str | None:
    try:
        for cell in cells:
            check_text(cell)
    except UnfitText as error:
        return error.problems[0].message
    return None


def _refuse_empty(file: str) -> NoReturn:
    raise UnreadableDocument(f"{file} is empty; give at least a list or a header.")
