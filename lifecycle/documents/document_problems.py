"""The mistakes in a document as people are shown them: where, on which line, what is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.documents.parsed_documents import Document, path_text
from lifecycle.documents.value_faults import plain
from lifecycle.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence, Sized

    from lifecycle.documents.mismatches import Mismatch


def list_problems(
    document: Document, mistakes: Sequence[Mismatch], *, most: int | None = None
) -> list[Problem]:
    """Return the mistakes in the order of their lines; those after the first ``most`` as a number.

    >>> from lifecycle.documents.mismatches import Mismatch
    >>> mistake = Mismatch(("day",), "must be a day", "soon", None)
    >>> list_problems(Document({"day": "soon"}, {("day",): 3}), [mistake])
    [Problem('day', 'must be a day (line 3)', value='soon')]
    """
    ordered = sorted(mistakes, key=lambda mistake: document.line_of(mistake.path) or 0)
    problems = [_problem(document, mistake) for mistake in ordered[:most]]
    if most is not None and (more := len(ordered) - most) > 0:
        problems.append(Problem("", f"and {more:,} more"))
    return problems


def count_mistakes(mistakes: Sized) -> str:
    """Say how many mistakes there are.

    >>> count_mistakes([1]), count_mistakes(range(2000))
    ('1 mistake', '2,000 mistakes')
    """
    return "1 mistake" if len(mistakes) == 1 else f"{len(mistakes):,} mistakes"


def _problem(document: Document, mistake: Mismatch) -> Problem:
    line = document.line_of(mistake.path)
    message = mistake.message + (f" (line {line})" if line else "")
    field = path_text(mistake.path)
    return Problem(field, message, value=plain(mistake.value), allowed=mistake.allowed)
