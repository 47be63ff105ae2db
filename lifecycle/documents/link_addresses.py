"""Addresses that people wrote, as links may hold them (pure)."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

_NOT_IN_ADDRESSES: Final = re.compile(r'["<>\\^`{|}\s]|%(?![0-9A-Fa-f]{2})')
_IN_MAIL_ADDRESSES: Final = "!$'*+,:;@"


def outside_address(address: str) -> str:
    """Escape what people write in an address although no address may hold it.

    >>> outside_address('https://example.com/a"b?q={x}&y=%20')
    'https://example.com/a%22b?q=%7Bx%7D&y=%20'
    """
    return _NOT_IN_ADDRESSES.sub(lambda sign: quote(sign[0]), address)


def contact_address(contact: str) -> str:
    """Return what a link to a contact leads to, which is an e-mail or a web address.

    >>> contact_address("help@example.com"), contact_address("https://example.com/<help>")
    ('mailto:help@example.com', 'https://example.com/%3Chelp%3E')
    >>> contact_address("a|b%c@example.com")
    'mailto:a%7Cb%25c@example.com'
    """
    if contact.startswith(("http://", "https://")):
        return outside_address(contact)
    return f"mailto:{quote(contact, safe=_IN_MAIL_ADDRESSES)}"
