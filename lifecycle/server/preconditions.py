"""If-Match: the revision of what was read, which a change is made on."""

from __future__ import annotations

import re
from typing import Annotated

from litestar.params import HeaderParameter

from lifecycle.accounts.actions import ANY
from lifecycle.errors import BadRequest, PreconditionRequired, Problem

TAG = re.compile(r'"(\d{1,18})(-[0-9a-f]{1,64}(-gzip)?)?"')

IfMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        description="The ETag that was read; the change is refused if it is no longer current.",
        pattern='^([*]|"[0-9]{1,18}(-[0-9a-f]{1,64}(-gzip)?)?")$',
    ),
]


def required(if_match: str | None) -> str:
    """Return the header, or refuse a change that does not say what it was read from."""
    if if_match is None:
        problem = Problem("If-Match", "is missing", allowed="the ETag that was read")
        raise PreconditionRequired(problems=[problem])
    return if_match


def revision_in(if_match: str | None) -> int | None:
    """Read the revision out of an If-Match header.

    >>> revision_in('"7-1f"')
    7
    """
    if if_match is None:
        return None
    if if_match.strip() == "*":
        return ANY
    match = TAG.fullmatch(if_match.strip())
    if match:
        return int(match[1])
    problem = Problem(
        "If-Match", "is not an ETag of this service", value=if_match[:100], allowed='"7-1f…"'
    )
    raise BadRequest(
        f"If-Match {if_match[:100]!r} is not an ETag of this service; send the one you read.",
        problems=[problem],
    )
