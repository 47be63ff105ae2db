"""The header Host: what is no host is refused by name, whoever finds it first."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from lifecycle.documents.storable_text import shown
from lifecycle.errors import BadRequest, Problem

_HOST: Final = re.compile(r"(?:[\w.~%!$&'()*+,;=-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?", re.ASCII)


def bad_host(host: str) -> BadRequest | None:
    """Return the refusal of a host that no address can have; None for any other, or none at all.

    The framework fails where it reads such an address, or refuses it without saying why.

    >>> bad_host("[::1]:80"), str(bad_host("a b"))
    (None, "The header Host, 'a b', is not a host; send a name or an address, and a port up to \
65535 if any.")
    """
    try:
        _ = urlsplit(f"//{host}").port
        if _HOST.fullmatch(host):
            return None
    except ValueError:
        pass
    fault, allowed = "is not a host", "a name or an address, and a port up to 65535 if any"
    return BadRequest(
        f"The header Host, {shown(host)!r}, {fault}; send {allowed}.",
        problems=[Problem("Host", fault, value=shown(host), allowed=allowed)],
    )
