"""What is answered where the head of a request is too large to be read (pure)."""

from __future__ import annotations

from typing import Final, NamedTuple

TOO_LARGE: Final = (
    "The head of the request is larger than 64 KiB; shorten its address or its headers."
)
_FOR_PROGRAMS: Final = (b"/v1/", b"/health/", b"/metrics")
_LONGEST_PATH: Final = 300
_PAGE: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width">'
    "<title>The address is too long</title><h1>The address is too long</h1>"
    f'<p>{TOO_LARGE}</p><p><a href="?">Open the page</a> without what was typed.</p></html>'
)


class Refusal(NamedTuple):
    """The media type and the text of an answer."""

    media_type: str
    text: str


def refuse_head(address: bytes) -> Refusal:
    """Refuse a head of which only the address was read, and perhaps not to its end.

    People get a page that leads back to itself without what was typed into its form. The link is
    relative, so that it holds below any published path and repeats nothing of the address.

    >>> refuse_head(b"/v1/products?cursor=aaa").media_type
    'text/plain'
    >>> '<a href="?">' in refuse_head(b"/products/clairdash?version=aaa").text
    True
    """
    path = address.partition(b"?")[0]
    is_for_people = not path.startswith(_FOR_PROGRAMS) and len(path) <= _LONGEST_PATH
    return Refusal("text/html", _PAGE) if is_for_people else Refusal("text/plain", TOO_LARGE)
