"""Quotas: how many processor seconds an address may use without a token.

Seconds count, not requests: behind one address there may be a whole company's pipelines, whose
many questions cost little, and one question can cost as much as thousands of others.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from ipaddress import IPv4Address, ip_address, ip_network
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from lifecycle.errors import TooManyRequests
from lifecycle.server.body_limits import is_anonymous
from lifecycle.server.processor_time import METER, Meter, metered
from lifecycle.server.trusted_proxies import is_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from litestar.types import Scope as Routed

    from lifecycle.server.asgi_types import Application, Receive, Scope, Send
    from lifecycle.server.trusted_proxies import Network

_ADDRESS: Final = "lifecycle.address"
MINUTES_AT_ONCE: Final = 2
"""How many minutes' seconds may be used in one go."""
MOST_ADDRESSES: Final = 10_000
IPV6_SITE: Final = 64
"""The bits of an IPv6 address that name a site; the rest its owner chooses at will."""


class QuotaUsed(TooManyRequests):
    """An address has used its processor time for requests without a token."""


class Allowance:
    """What each address has used lately; it is forgiven at the rate at which it may be used."""

    def __init__(self, per_minute: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow so much a minute, and twice that at once; 0 allows anything."""
        self._rate = per_minute / 60
        self._most = per_minute * MINUTES_AT_ONCE
        self._clock = clock
        self._used: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.refusals = 0

    def used(self, address: str) -> float:
        """Return what an address has used and that is not forgiven yet."""
        seconds, at = self._used.get(address, (0.0, 0.0))
        return max(0.0, seconds - (self._clock() - at) * self._rate)

    def charge(self, address: str, amount: float) -> None:
        """Note something as used; of too many addresses, those of longest ago are dropped."""
        if self._rate:
            self._used[address] = (self.used(address) + amount, self._clock())
            self._used.move_to_end(address)
            if len(self._used) > MOST_ADDRESSES:
                self._used.popitem(last=False)

    def wait(self, address: str) -> int:
        """Return for how many seconds an address that has used all it may has to wait, else 0."""
        over = self.used(address) - self._most
        if not self._rate or over < 0:
            return 0
        self.refusals += 1
        return max(1, ceil(over / self._rate))


class Quotas(Allowance):
    """The processor seconds that each address has used lately without a token."""

    def check(self, address: str) -> None:
        """Refuse an address that has used all it may."""
        if seconds := self.wait(address):
            raise QuotaUsed(
                "This address has used its processor time for requests without a token; ask again "
                f"in {seconds} seconds, or send `Authorization: Bearer <token>`.",
                retry_after=seconds,
            )


class Metering:
    """The layer before the handlers that charges what they cost those who come without a token."""

    def __init__(
        self, application: Application, quotas: Quotas, proxies: tuple[Network, ...]
    ) -> None:
        self._application = application
        self._quotas = quotas
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and measure it."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        scope[_ADDRESS] = address_of(scope, self._proxies)
        meter = Meter()
        METER.set(meter)
        try:
            await metered(self._application(scope, receive, send), meter)
        finally:
            if is_anonymous(scope):
                self._quotas.charge(scope[_ADDRESS], meter.seconds)


def check_quota(scope: Scope, quotas: Quotas) -> None:
    """Refuse a request whose address has used all it may."""
    quotas.check(address_in(scope))


def address_in(scope: Scope | Routed) -> str:
    """Return the address that a request came from, or the network that its owner has."""
    address: Any = scope.get(_ADDRESS, "")
    return str(address)


def address_of(scope: Scope, proxies: tuple[Network, ...]) -> str:
    """Return the caller's address: behind trusted proxies, the last that is not one of them."""
    client = scope.get("client")
    address = client[0] if client else ""
    if proxies and is_of(address, proxies):
        forwarded = b",".join(v for name, v in scope["headers"] if name == b"x-forwarded-for")
        for hop in reversed(forwarded.decode("latin-1").split(",")):
            address = hop.strip() or address
            if not is_of(address, proxies):
                break
    return _site(address)


def _site(address: str) -> str:
    """Return the key that all addresses of one owner share.

    >>> _site("2001:db8:0:1:a:b:c:d"), _site("192.0.2.7"), _site("::ffff:192.0.2.7")
    ('2001:db8:0:1::/64', '192.0.2.7', '192.0.2.7')
    """
    try:
        read = ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(read, IPv4Address):
        return str(read)
    return str(read.ipv4_mapped or ip_network((read, IPV6_SITE), strict=False))
