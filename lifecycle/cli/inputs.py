"""What commands read: a file, or the standard input, and what CI calls it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from lifecycle.documents import UnreadableDocument, load
from lifecycle.errors import BadRequest

STDIN = "-"
FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
"""A file that a command reads; - is the standard input."""


def read(file: str, most: int) -> bytes:
    """Read a file, or the standard input; one of more bytes than that is refused, not cut short."""
    if file == STDIN:
        content = sys.stdin.buffer.read(most + 1)
    else:
        with Path(file).open("rb") as opened:
            content = opened.read(most + 1)
    if len(content) > most:
        raise UnreadableDocument(f"{file} has more than {most:,} bytes, and no more are read.")
    return content


def read_mapping(file: Path, expected: str, *, numbers_as_text: bool = True) -> dict[str, Any]:
    """Read a YAML or JSON file, or the standard input, that holds names and values.

    With ``numbers_as_text``, versions stay as they are written. ``expected`` says what the file
    should contain.
    """
    with click.open_file(str(file), "rb") as stream:
        document = load(stream.read(), numbers_as_text=numbers_as_text)
    if not isinstance(document, dict):
        raise BadRequest(f"{file} does not contain {expected}.")
    return document


def source_of(file: str | None) -> str | None:
    """Return a file's path from the folder that CI works in; None if it lies elsewhere.

    >>> source_of("-"), source_of("release.yaml")
    (None, 'release.yaml')
    """
    if file in (None, STDIN):
        return None
    path = Path(str(file))
    try:
        return path.resolve().relative_to(Path.cwd().resolve()).as_posix()
    except ValueError:
        return path.as_posix()
