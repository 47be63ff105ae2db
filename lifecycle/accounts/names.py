"""Whether names and texts that come in are fit to be stored (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lifecycle.documents import UnfitText, check_text
from lifecycle.documents.patterns import KEY, SLUG
from lifecycle.documents.storable_text import DIRECTING, INVISIBLE, is_blank, name, shown
from lifecycle.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_NAME = 200
LONGEST_TEXT = 500
DOT_SEGMENTS = frozenset({".", ".."})
"""What every client takes out of an address before it asks (RFC 3986, section 5.2.4)."""


def slug_problems(field: str, value: str) -> Iterator[Problem]:
    """Yield what is wrong with the short name of a product or an account.

    >>> [str(problem) for problem in slug_problems("slug", "Acme Inc")]
    ['slug: must be 1 to 100 lower-case letters, digits, dots, dashes or underscores']
    """
    if not re.fullmatch(SLUG, value):
        message = "must be 1 to 100 lower-case letters, digits, dots, dashes or underscores"
        yield Problem(field, message, value=value[:LONGEST_NAME], allowed=SLUG)


def key_problems(field: str, value: str) -> Iterator[Problem]:
    """Yield what is wrong with a feature's key, which may have capitals: ``SidecarContainers``."""
    if not re.fullmatch(KEY, value):
        message = "must be 1 to 100 letters, digits, dots, dashes or underscores"
        yield Problem(field, message, value=value[:LONGEST_NAME], allowed=KEY)


def segment_problems(field: str, value: str | None) -> Iterator[Problem]:
    """Yield why a name cannot be the last part of an address, where it would be a step up.

    >>> [str(problem) for problem in segment_problems("version", "..")]
    ['version: cannot be one or two dots alone, since no address could end with it']
    """
    if value in DOT_SEGMENTS:
        message = "cannot be one or two dots alone, since no address could end with it"
        yield Problem(field, message, value=value, allowed="any other text, such as 1.0")


def text_problems(
    field: str, value: str | None, *, longest: int = LONGEST_TEXT, required: bool = False
) -> Iterator[Problem]:
    """Yield what is wrong with a line for people; ``required`` ones hold more than spaces.

    >>> [str(problem) for problem in text_problems("name", "ad\u200bmin")]
    ['name: holds the invisible character U+200B at position 3; remove it']
    """
    if value is None:
        return
    if required and is_blank(value):
        yield Problem(field, "must not be empty", value=value)
    try:
        check_text(value, field=field, longest=longest)
    except UnfitText as error:
        yield from error.problems
        return
    yield from _unfit_problems(INVISIBLE.search(value), field, value)


def prose_problems(field: str, value: str | None) -> Iterator[Problem]:
    """Yield what is wrong with a text of several lines; what turns its direction is not fit."""
    if value is None:
        return
    try:
        check_text(re.sub(r"[\n\r\t]", " ", value), field=field)
    except UnfitText as error:
        yield from error.problems
        return
    yield from _unfit_problems(DIRECTING.search(value), field, value)


def _unfit_problems(match: re.Match[str] | None, field: str, value: str) -> Iterator[Problem]:
    if match is not None:
        fault = f"holds {name(match[0])} at position {match.start() + 1}; remove it"
        yield Problem(field, fault, value=shown(value))
