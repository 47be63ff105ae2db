"""The address guard: what is sent to addresses that strangers chose reaches public ones only.

A name is resolved once; every address it has is checked, and the connection goes to those very
addresses. A socket is checked again where it is made, which literal addresses do not escape either.
"""

from __future__ import annotations

import socket
from asyncio import get_running_loop
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult

from notifications.networks import is_public

Lookup: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Give all addresses of a name; an ``OSError`` where it has none."""

LOOKUPS_AT_ONCE = 32


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
        """Return all addresses of a name; refuse the name if any of them is private."""
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
        infos = await get_running_loop().run_in_executor(self._threads, _ask, host, port)
        return list(dict.fromkeys(infos))


def _ask(host: str, port: int) -> list[str]:
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [_text(address) for *_, address in infos]


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
