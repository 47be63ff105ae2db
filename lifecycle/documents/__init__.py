"""YAML, JSON and TOML documents read strictly, and the check that text is fit to store.

YAML is read as its version 1.2 says (``no`` and ``18:00`` are text), except that a plain
``2026-01-31`` is a day. Keys are always text, as written. Aliases, tags, duplicate keys, deep
nesting and control characters are refused, so no document can be a bomb or mean two things.
"""

from __future__ import annotations

import codecs
from json import JSONDecodeError
from pathlib import PurePath
from typing import Any, Final, Literal, TypeAlias

from lifecycle.documents.json_documents import load_json
from lifecycle.documents.parsed_documents import Document, Path, UnreadableDocument, refuse_syntax
from lifecycle.documents.storable_text import UnfitText, check_text
from lifecycle.documents.toml_documents import load_toml

__all__ = [
    "Document",
    "Format",
    "Path",
    "UnfitText",
    "UnreadableDocument",
    "check_text",
    "decode",
    "format_of",
    "has_utf16_mark",
    "lines_of_json",
    "load",
    "load_with_lines",
]

LIMIT = 1 << 20
_FIRST_LETTERS = 4

Format: TypeAlias = Literal["yaml", "json", "toml"]

_FORMATS: Final[dict[str, Format]] = {
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".toml": "toml",
}


def format_of(file: str) -> Format | None:
    """Tell a document's format by its file's name.

    >>> format_of("runs.YML"), format_of("-")
    ('yaml', None)
    """
    return _FORMATS.get(PurePath(file).suffix.lower())


def load(
    text: str | bytes,
    *,
    format: Format | None = None,  # noqa: A002 - the word every caller uses
    limit: int = LIMIT,
    numbers_as_text: bool = False,
) -> Any:
    r"""Return the value of one document of at most ``limit`` bytes; TOML has to be asked for.

    With ``numbers_as_text``, numbers stay as they are written, so that the version ``3.10`` does
    not turn into 3.1.

    >>> load("day: 2026-01-31\nopens: 09:00")
    {'day': datetime.date(2026, 1, 31), 'opens': '09:00'}
    >>> load("version: 3.10", numbers_as_text=True)
    {'version': '3.10'}
    >>> load("a: 1\na: 2")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    lifecycle.documents.parsed_documents.UnreadableDocument: Line 2, column 1: the key 'a' is...
    """
    return load_with_lines(text, format=format, limit=limit, numbers_as_text=numbers_as_text).value


def load_with_lines(
    text: str | bytes,
    *,
    format: Format | None = None,  # noqa: A002 - the word every caller uses
    limit: int = LIMIT,
    numbers_as_text: bool = False,
) -> Document:
    """Return one document with the lines of its parts; JSON tells none (see `lines_of_json`)."""
    content = decode(text, limit=limit)
    if format == "toml":
        return load_toml(content, numbers_as_text=numbers_as_text)
    if format == "json" or (format is None and content.lstrip()[:1] in ("{", "[")):
        try:
            return Document(load_json(content, numbers_as_text=numbers_as_text), {})
        except JSONDecodeError as error:
            if format == "json":
                refuse_syntax("JSON", content, error.lineno, error.colno)
    return _yaml(content, numbers_as_text=numbers_as_text)


def lines_of_json(content: str) -> dict[Path, int]:
    """Return the lines of a JSON document's parts, in several times what reading it takes.

    They are found by reading it as YAML, of which JSON is all but a part; where it is not, as with
    escaped surrogates, no lines are told.
    """
    if "\n" not in content.strip():
        return {(): 1}
    try:
        return _yaml(content, numbers_as_text=True).lines
    except UnreadableDocument:
        return {}


def _yaml(content: str, *, numbers_as_text: bool) -> Document:
    from lifecycle.documents.yaml_documents import load_yaml  # noqa: PLC0415 -- commands seldom do

    return load_yaml(content, numbers_as_text=numbers_as_text)


def decode(text: str | bytes, *, limit: int = LIMIT) -> str:
    r"""Return text of at most ``limit`` bytes: UTF-8, or UTF-16 where a byte order mark says so.

    The mark is left out.

    >>> decode("\ufeffday: 1".encode("utf-16-le")), decode(b"\xef\xbb\xbfday: 1")
    ('day: 1', 'day: 1')
    """
    try:
        size = len(text if isinstance(text, bytes) else text.encode())
        if size > limit:
            raise UnreadableDocument(
                f"The document has {size:,} bytes; at most {limit:,} are read."
            )
        content = text.decode(_encoding(text)) if isinstance(text, bytes) else text
    except UnicodeError as error:
        kind = getattr(error, "encoding", "utf-8").upper()[:6].rstrip("-")
        raise UnreadableDocument(
            f"The document is not {kind} text (at position {getattr(error, 'start', 0) + 1});"
            " save it as UTF-8."
        ) from None
    content = content.removeprefix("\ufeff")
    first = content[:_FIRST_LETTERS]
    if "\0" in first and first.replace("\0", "").isprintable():
        raise UnreadableDocument(
            "The document looks like UTF-16 without a byte order mark, or UTF-32; save it as UTF-8."
        )
    return content


def has_utf16_mark(text: bytes) -> bool:
    """Return whether a text begins with the byte order mark of UTF-16, as PowerShell writes it."""
    return _encoding(text) != "utf-8"


def _encoding(text: bytes) -> str:
    if text.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    return "utf-16-be" if text.startswith(codecs.BOM_UTF16_BE) else "utf-8"
