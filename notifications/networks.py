"""Which addresses are public ones."""

from __future__ import annotations

import ipaddress
import re
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_LEGACY = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+)){0,3}\.?", re.IGNORECASE)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_REFUSED_4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers
        "192.0.0.0/24",
        "192.88.99.0/24",  # relays to IPv6
        "198.18.0.0/15",  # benchmarks
        "240.0.0.0/4",
    )
]
_REFUSED_6 = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo among others
        "2001:db8::/32",
        "2002::/16",  # 6to4: reaches an IPv4 address through somebody's relay
        "3fff::/20",  # documentation
    )
]


def is_public(address: str) -> bool:
    """Return whether anybody may be sent to an address, given as text in canonical form.

    An IPv4 address within an IPv6 one (mapped, or for NAT64) is judged itself.

    >>> [is_public(address) for address in ("1.1.1.1", "10.0.0.1", "::ffff:127.0.0.1")]
    [True, False, False]
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return _is_public_4(parsed)
    if parsed.scope_id is not None:
        return False
    within = parsed.ipv4_mapped or _behind_nat64(parsed)
    return _is_public_6(parsed) if within is None else _is_public_4(within)


def literal_address(host: str) -> str | None:
    """Return the address that a host literally is, in whichever form; None for a name.

    >>> literal_address("0x7f.1"), literal_address("2130706433"), literal_address("[::1]")
    ('127.0.0.1', '127.0.0.1', '::1')
    >>> literal_address("example.org")
    """
    bare = host.removeprefix("[").removesuffix("]")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass
    if _LEGACY.fullmatch(bare):
        try:
            return socket.inet_ntoa(socket.inet_aton(bare.rstrip(".")))
        except OSError:
            return None
    return None


def _is_public_4(address: IPv4Address) -> bool:
    refused = address.is_multicast or any(address in network for network in _REFUSED_4)
    return address.is_global and not refused


def _is_public_6(address: IPv6Address) -> bool:
    refused = any(address in network for network in _REFUSED_6)
    return address in _GLOBAL_UNICAST and address.is_global and not refused


def _behind_nat64(address: IPv6Address) -> IPv4Address | None:
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None
