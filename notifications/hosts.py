"""Names of hosts as the DNS knows them."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

import idna

from notifications.networks import is_public, literal_address

LOCAL_ENDINGS = (".localhost", ".local", ".internal", ".home.arpa", ".localdomain", ".lan")
"""Names that never lie on the public network (RFC 6761, 6762, 8375) or are used in none."""
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
"""What makes the last part of a host one of an IPv4 address, never of a name (WHATWG URL)."""


def ascii_host(name: str) -> str:
    """Return a host as it is asked for: names and look-alike digits as the DNS knows them.

    Nothing for what cannot be a host.

    >>> ascii_host("Bücher.Example"), ascii_host("①②⑦。0.0.1"), ascii_host("::1")
    ('xn--bcher-kva.example', '127.0.0.1', '::1')
    """
    if ":" in name or name.isascii():
        return name.lower()
    return ascii_domain(name)


def ascii_domain(domain: str) -> str:
    """Return a domain as the DNS knows it; empty for what cannot be one."""
    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return ""


def may_be_public(host: str) -> bool:
    """Return whether a host may lie on the public network; its addresses are checked on sending."""
    literal = literal_address(host)
    if literal is not None:
        return is_public(literal)
    name = host.rstrip(".")
    return "." in name and not name.endswith(LOCAL_ENDINGS)


def is_host(name: str) -> bool:
    """Return whether a text can be the name or the address of a host."""
    if ":" in name:
        try:
            IPv6Address(name)
        except ValueError:
            return False
        return True
    bare = name.replace("_", "-")
    host = ascii_domain(bare.removesuffix(".")) if not bare.endswith("..") else ""
    return bool(host) and not (
        _NUMBER.fullmatch(host.rpartition(".")[2]) and literal_address(host) is None
    )
