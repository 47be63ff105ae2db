"""How an export asks for pages: as files, which answer no question and count no days (pure).

A request says so by ``Prefer: static`` (RFC 7240), with the address of the live service where the
pages shall lead to one. Whoever answered so says ``Preference-Applied: static``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

REQUEST_HEADER: Final = "prefer"
ANSWER_HEADER: Final = "preference-applied"
APPLIED: Final = "static"
_WANTED: Final = re.compile(
    r'(?:^|,)\s*static\s*(?:;\s*live="(https?://[^\s"\\<>]{1,500})"\s*)?(?:,|$)'
)


class StaticCopy(NamedTuple):
    """A page is asked for as a file; ``live`` is where the service runs that answers questions."""

    live: str | None = None


def write_preference(live: str | None) -> str:
    """Write the header of a request.

    >>> write_preference("https://life.example.com")
    'static; live="https://life.example.com"'
    """
    return f'{APPLIED}; live="{live}"' if live else APPLIED


def read_preference(header: str) -> StaticCopy | None:
    """Read the header of a request; None where it asks for no file.

    >>> read_preference('respond-async, static; live="https://life.example.com"')
    StaticCopy(live='https://life.example.com')
    >>> read_preference("static"), read_preference('static; live="javascript:1"')
    (StaticCopy(live=None), None)
    """
    preference = _WANTED.search(header)
    return StaticCopy(preference[1]) if preference else None


def static_copy_in(headers: Iterable[tuple[bytes, bytes]]) -> StaticCopy | None:
    """Return what a request's headers ask for."""
    for name, value in headers:
        if name == b"prefer":
            return read_preference(value.decode("latin-1"))
    return None
