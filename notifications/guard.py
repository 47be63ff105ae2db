"""The address guard: what is sent to addresses that strangers chose reaches public ones only.

A name is resolved once; every address it has is checked, and the connection goes to those very
addresses. A socket is checked again where it is made, which literal addresses do not escape either.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from asyncio import get_running_loop
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any, TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult

Lookup: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Give all addresses of a name; an ``OSError`` where it has none."""

LOOKUPS_AT_ONCE = 32

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


class PrivateAddressError(OSError):
    """The address is not a public one."""


class Guard(AbstractResolver):
    """Resolves names for a connector, and makes its sockets; both refuse what is not public."""

    def __init__(self, *, allow_private: bool = False, lookup: Lookup | None = None) -> None:
        """Take another ``lookup`` than the system's where names are known otherwise."""
        self._allow_private = allow_private
        self._threads = ThreadPoolExecutor(LOOKUPS_AT_ONCE, thread_name_prefix="lookup")
        self._lookup = lookup or self._ask_system

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Give all addresses of a name, or refuse the name for a single one that is private."""
        try:
            addresses = await self._lookup(host, port)
        except UnicodeError as error:  # a label that is too long, for example
            raise socket.gaierror(socket.EAI_NONAME, "no host name") from error
        for address in addresses:
            self._check(address)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no addresses")
        return [_result(host, address, port) for address in addresses if _fits(address, family)]

    def make_socket(self, info: tuple[Any, ...]) -> socket.socket:
        """Make the socket for an address that is about to be connected to, unless private."""
        family, kind, protocol, _, address = info
        self._check(str(address[0]))
        return socket.socket(family=family, type=kind, proto=protocol)

    async def close(self) -> None:
        """Wait for no look-up that is still under way."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _check(self, address: str) -> None:
        if not self._allow_private and not is_public(address):
            raise PrivateAddressError(PrivateAddressError.__doc__)

    async def _ask_system(self, host: str, port: int) -> list[str]:
        # Threads of our own: names that take long to resolve must hold up nothing else.
        found = await get_running_loop().run_in_executor(self._threads, _ask, host, port)
        return list(dict.fromkeys(found))


def is_public(address: str) -> bool:
    """Say whether anybody may be sent to an address, given as text in canonical form.

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
    """Give the address that a host is by itself, in whichever form, or none for a name.

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


def _ask(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [_text(address) for *_, address in found]


def _text(address: tuple[Any, ...]) -> str:
    scoped = len(address) > 2 and address[3]  # noqa: PLR2004 -- IPv6 has four parts
    return f"{address[0]}%{address[3]}" if scoped else str(address[0])


def _fits(address: str, family: int) -> bool:
    return family in {socket.AF_UNSPEC, _family(address)}


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _result(host: str, address: str, port: int) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=_family(address),
        proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
