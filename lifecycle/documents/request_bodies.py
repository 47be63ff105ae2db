"""Bodies of requests: JSON read strictly as a type, with every fault named by its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from lifecycle import documents
from lifecycle.documents.mismatches import find_mismatches
from lifecycle.documents.parsed_documents import path_text
from lifecycle.errors import BadRequest, Problem, summarize_problems

if TYPE_CHECKING:
    from lifecycle.documents.mismatches import Mismatch

MOST_NODES: Final = 200_000
"""How many objects and lists a body may have; the longest list that is taken has far fewer."""


def read_body(body: bytes, kind: Any) -> Any:
    """Read a JSON body as a type; everything that does not fit is named by its path and value."""
    if (nodes := body.count(b"{") + body.count(b"[")) > MOST_NODES:
        raise BadRequest(
            f"The body has {nodes:,} objects and lists; at most {MOST_NODES:,} are read. "
            "Send it in parts."
        )
    return fit_value(documents.load(body, format="json", limit=len(body)), kind)


def fit_value(value: Any, kind: Any, *, subject: str = "The body is not valid") -> Any:
    """Read a JSON-like value as a type; everything that does not fit is named."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        problems = [_problem(mismatch) for mismatch in find_mismatches(value, kind)]
    detail = summarize_problems(subject, problems[0], len(problems))
    raise BadRequest(detail, problems=problems)


def _problem(mismatch: Mismatch) -> Problem:
    field = path_text(mismatch.path) or "body"
    return Problem(field, mismatch.message, value=mismatch.value, allowed=mismatch.allowed)
