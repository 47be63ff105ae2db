"""Lists of what is run: products and versions, or package URLs, as YAML, JSON or TOML.

An entry has ``product`` or ``purl``, and ``version``; it may have ``tier``, ``features`` (those in
use) and ``instance`` (what it is called). A mapping may hold the list under ``components``, as
TOML needs.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lifecycle.documents import (
    Document,
    UnreadableDocument,
    decode,
    format_of,
    lines_of_json,
    load_with_lines,
)
from lifecycle.errors import summarize_problems
from lifecycle.interchange.row_problems import LIMIT, Problems

if TYPE_CHECKING:
    from lifecycle.documents import Path

_WRONG_FILE: Final = "give a list of entries, each with product or purl, and version"


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that is run: a product of the catalogue, or a package by its package URL."""

    product: str | None = None
    purl: str | None = None
    version: str | None = None
    tier: str | None = None
    features: tuple[str, ...] | None = None
    instance: str | None = None


class Listed(msgspec.Struct, frozen=True):
    """The entries of a file, and the line of each where that is known."""

    entries: tuple[Entry, ...]
    line_of: Callable[[int], int | None]


def read_components(text: bytes, *, file: str) -> Listed:
    """Read a list of what is run; all that is wrong with it is said at once."""
    document, path = read_entries(text, file=file, wrapper="components", hint=_WRONG_FILE)
    problems = Problems(file, document)
    entries = []
    for place, values in enumerate(_at(document.value, path)):
        entry = _entry(values, (*path, place), problems)
        entries += [entry] if entry else []
    raise_if_any(problems, file)
    return Listed(tuple(entries), lambda place: document.line_of((*path, place)))


def read_entries(text: bytes, *, file: str, wrapper: str, hint: str) -> tuple[Document, Path]:
    """Read a file that is a list, or holds one under ``wrapper``; give where the list stands."""
    try:
        document = load_with_lines(text, format=format_of(file), limit=LIMIT, numbers_as_text=True)
    except UnreadableDocument as error:
        raise UnreadableDocument(f"{file}: {error.detail}", problems=error.problems) from None
    if not document.lines:
        document = Document(document.value, lines_of_json(decode(text, limit=LIMIT)))
    value = document.value
    path: Path = ()
    if isinstance(value, dict) and set(value) == {wrapper}:
        value, path = value[wrapper], (wrapper,)
    if not isinstance(value, list) or not value:
        fault = "is empty" if value in (None, [], {}) else "does not contain a list"
        raise UnreadableDocument(f"{file} {fault}; {hint}.")
    return document, path


def raise_if_any(problems: Problems, file: str) -> None:
    """Raise all problems at once, if there are any."""
    if problem_list := problems.found:
        first = str(problem_list[0]).removeprefix(f"{file}, ")
        detail = summarize_problems(f"{file} cannot be used", first, len(problem_list))
        raise UnreadableDocument(detail, problems=problem_list)


def as_written(values: dict[str, Any]) -> dict[str, Any]:
    """Return an entry whose version is text, though it looks like a day.

    >>> as_written({"version": date(2026, 1, 31)})
    {'version': '2026-01-31'}
    """
    version = values.get("version")
    return values | {"version": version.isoformat()} if isinstance(version, date) else values


def _at(value: Any, path: Path) -> list[Any]:
    value_there: list[Any] = value[path[0]] if path else value
    return value_there


def _entry(values: Any, path: Path, problems: Problems) -> Entry | None:
    if not isinstance(values, dict):
        problems.add(path, "must be a mapping with product or purl, and version", value=values)
        return None
    entry = problems.read(Entry, as_written(values), path)
    if entry is None:
        return None
    if (entry.product is None) == (entry.purl is None):
        fault = "names neither a product nor a purl" if entry.product is None else "names both"
        problems.add(path, f"{fault}; give product, or purl")
        return None
    if entry.product is not None and entry.version is None:
        problems.add((*path, "version"), "is missing; say which version is run")
    if entry.purl is not None:
        _check_purl(entry.purl, (*path, "purl"), problems)
    return entry


def _check_purl(purl: str, path: Path, problems: Problems) -> None:
    from lifecycle.catalogue.package_urls import read_purl  # noqa: PLC0415 -- only with purls

    if read_purl(purl) is None:
        problems.add(path, "is not a package URL such as pkg:npm/name@1.2.3", value=purl)
