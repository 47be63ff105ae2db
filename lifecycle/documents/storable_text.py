"""Text that is fit to store: no NUL, no control characters, no lone surrogates."""

from __future__ import annotations

import re
import unicodedata

from lifecycle.errors import BadRequest, Problem

LONGEST = 10_000

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROLS_AND_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


DIRECTING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""What turns the direction of the text around it."""
MARKS = re.compile("[\u061c\u200e\u200f]")
"""What says how the signs beside it read: names in two scripts need that."""
INVISIBLE = re.compile(
    "[\u00ad\u180e\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""What makes two names look alike that are not. Joiners, which words and emoji need, are fit."""


class UnfitText(BadRequest):
    """The text holds characters that cannot be stored, or is too long."""


def check_text(value: str, *, field: str = "", longest: int = LONGEST) -> str:
    """Return the text, unless it holds NUL, control characters or lone surrogates.

    >>> check_text("näme 🐍")
    'näme 🐍'
    """
    control = _CONTROLS_AND_BREAKS.search(value)
    if control is None and len(value) <= longest:
        return value
    if control is not None:
        fault = f"holds {name(control[0])} at position {control.start() + 1}; remove it"
    else:
        fault = f"is {len(value)} characters long; at most {longest} are allowed"
    raise UnfitText(
        f"{field or 'The text'} {fault}.",
        problems=[Problem(field, fault, value=shown(value), allowed=f"up to {longest} characters")],
    )


def is_blank(value: str) -> bool:
    """Return whether a text is blank: only spaces, line breaks and format characters.

    >>> is_blank(" \u200b\u2060"), is_blank("x")
    (True, False)
    """
    return all(unicodedata.category(character)[0] in "ZC" for character in value)


def name(character: str) -> str:
    """Name a character that cannot be shown."""
    kinds = {"Cs": "lone surrogate", "Cc": "control character"}
    kind = kinds.get(unicodedata.category(character), "invisible character")
    return f"the {kind} U+{ord(character):04X}"


def shown(value: str) -> str:
    """Return the text's beginning with all that does not print escaped."""
    return escaped(value[:80])


def escaped(value: str) -> str:
    r"""Return the text with all that does not print escaped.

    >>> escaped("a\tb")
    'a\\x09b'
    """
    text = value.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
