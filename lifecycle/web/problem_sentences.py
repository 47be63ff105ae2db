"""What is wrong with a form, in sentences for people."""

from __future__ import annotations

import re

from lifecycle.errors import end_sentence

_NULL = re.compile(r",? or null(?=$|[;:,.])")
"""What programs may send for nothing; a form leaves the field empty."""


def describe_fault(message: str, allowed: str | None) -> str:
    """Say what is wrong with a field, as what follows its name; what may stand there once.

    >>> describe_fault("must be text or null", "text or null")
    'must be text'
    >>> describe_fault("is too soon for pro", "2027-01-31 or later")
    'is too soon for pro; allowed: 2027-01-31 or later'
    """
    fault, choice = _NULL.sub("", message), _NULL.sub("", allowed or "")
    return f"{fault}; allowed: {choice}" if choice and choice not in fault else fault


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
