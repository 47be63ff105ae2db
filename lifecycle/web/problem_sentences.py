"""What is wrong with a form, in sentences for people."""

from __future__ import annotations

import re
from datetime import date

from lifecycle.calendar.days import write_day
from lifecycle.errors import end_sentence

_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_NULL = re.compile(r",? or null(?=$|[;:,.])")
"""What programs may send for nothing; a form leaves the field empty."""


def describe_fault(message: str, allowed: str | None) -> str:
    """Say what is wrong with a field, as what follows its name; what may stand there once.

    >>> describe_fault("must be text or null", "text or null")
    'must be text'
    >>> describe_fault("is too soon for Pro", "2027-01-31 or later")
    'is too soon for Pro; use 31 January 2027 or later'
    """
    fault, choice = _NULL.sub("", message), _NULL.sub("", allowed or "")
    if not choice or choice in fault:
        return fault
    return f"{fault}; use {_DAY.sub(_in_words, choice)}"


def _in_words(written: re.Match[str]) -> str:
    try:
        return write_day(date.fromisoformat(written[0]))
    except ValueError:
        return written[0]


def name_field(field: str) -> str:
    """Name a field of a form that its page has no words for; a path in a document stays as it is.

    >>> name_field("expires_at"), name_field("releases[3].version")
    ('Expires at', 'releases[3].version')
    """
    return field[:1].upper() + field[1:].replace("_", " ") if field.isidentifier() else field


def write_sentence(fault: str) -> str:
    """Write what is wrong as a sentence that stands alone.

    >>> write_sentence("must not be empty"), write_sentence("'x' is not a line; did you mean 'y'?")
    ('Must not be empty.', "'x' is not a line; did you mean 'y'?")
    """
    return end_sentence(fault[:1].upper() + fault[1:])
