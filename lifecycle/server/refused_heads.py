"""What is answered where the head of a request is too large to be read (pure)."""

from __future__ import annotations

from html import escape
from typing import Final, NamedTuple

TOO_LARGE: Final = (
    "The head of the request is larger than 64 KiB; shorten its address or its headers."
)
_FOR_PROGRAMS: Final = (b"/v1/", b"/v1?", b"/health/", b"/metrics")
_LONGEST_PATH: Final = 300


class Refusal(NamedTuple):
    """The media type and the text of an answer."""

    media_type: str
    text: str


def refuse_head(address: bytes) -> Refusal:
    """Refuse a head of which only the address was read, and perhaps not to its end.

    People get a page that leads to the address without what was typed into its form.

    >>> refuse_head(b"/v1/products?cursor=aaa").media_type
    'text/plain'
    >>> '<a href="/products/clairdash">' in refuse_head(b"/products/clairdash?version=aaa").text
    True
    """
    path = address.partition(b"?")[0]
    if not path.startswith(b"/") or path.startswith(_FOR_PROGRAMS) or len(path) > _LONGEST_PATH:
        return Refusal("text/plain", TOO_LARGE)
    link = escape(path.decode("latin-1"))
    return Refusal(
        "text/html",
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        "<title>The address is too long</title><h1>The address is too long</h1>"
        f'<p>{TOO_LARGE}</p><p><a href="{link}">Open the page</a> '
        "without what was typed.</p></html>",
    )
