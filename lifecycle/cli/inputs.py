"""What CI's commands read: a file, or the standard input, and what CI calls it."""

from __future__ import annotations

import sys
from pathlib import Path

from lifecycle.documents import UnreadableDocument

STDIN = "-"


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
