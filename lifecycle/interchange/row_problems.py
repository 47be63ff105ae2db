"""What was wrong with single entries of a source, each with its place, while the rest is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from lifecycle.documents.mismatches import find_mismatches
from lifecycle.documents.parsed_documents import path_text
from lifecycle.documents.value_faults import plain
from lifecycle.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.documents import Document, Path

T = TypeVar("T")

LIMIT: Final = 64 << 20
"""How many bytes of a source are read: operators give these files, so they may be large."""

PASTED: Final = "the pasted text"
"""What a source is called that came without a file's name."""


class Problems:
    """The problems found in one file so far."""

    def __init__(self, file: str, document: Document | None = None) -> None:
        """Name the file as people know it; its ``document`` tells the lines of its parts."""
        self.found: list[Problem] = []
        self._file = file
        self._document = document

    def add(
        self,
        path: Path,
        message: str,
        *,
        value: Any = None,
        line: int | None = None,
        allowed: str | None = None,
    ) -> None:
        """Note what is wrong at a path of the document.

        >>> problems = Problems("releases.csv")
        >>> problems.add((3, "version"), "is empty", line=4)
        >>> problems.found
        [Problem('releases.csv, line 4, [3].version', 'is empty', value=None)]
        """
        line = line or (self._document.line_of(path) if self._document else None)
        place = ", ".join(part for part in (self._place(line), path_text(path)) if part)
        self.found.append(Problem(place, message, value=plain(value), allowed=allowed))

    def _place(self, line: int | None) -> str:
        if line is None:
            return self._file
        return f"line {line} of {PASTED}" if self._file == PASTED else f"{self._file}, line {line}"

    def add_all(self, problems: Iterable[Problem], path: Path, *, line: int | None = None) -> bool:
        """Note problems whose fields lie below a path, and say whether there were any."""
        count = len(self.found)
        for problem in problems:
            field = (problem.field,) if problem.field else ()
            where, value, allowed = (*path, *field), problem.value, problem.allowed
            self.add(where, problem.message, value=value, line=line, allowed=allowed)
        return len(self.found) > count

    def read(
        self, kind: type[T], values: dict[str, Any], path: Path, *, line: int | None = None
    ) -> T | None:
        """Return the struct that the values make; None, and a problem, if they make none."""
        try:
            return msgspec.convert(values, kind)
        except msgspec.ValidationError:
            for mismatch in find_mismatches(values, kind):
                where, value = (*path, *mismatch.path), mismatch.value
                self.add(where, mismatch.message, value=value, line=line, allowed=mismatch.allowed)
        return None
