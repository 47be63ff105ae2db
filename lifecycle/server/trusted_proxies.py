"""The reverse proxies in front: which peers they are, and whom they have signed in.

A header says who somebody is only where a trusted proxy is the peer that sends it, and once.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from lifecycle.accounts.claim_rules import people_rules, scope_for
from lifecycle.accounts.people import display_name, is_subject
from lifecycle.errors import BadRequest

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from litestar.types import Scope as Routed

    from lifecycle.accounts.scopes import Scope as Permitted
    from lifecycle.server.asgi_types import Scope
    from lifecycle.settings import Settings

    Network = IPv4Network | IPv6Network

log = structlog.get_logger(__name__)


class NamedByNoProxy(BadRequest):
    """No trusted proxy names a person who could be signed in."""


class NamedPerson(msgspec.Struct, frozen=True):
    """Whom a proxy has signed in: the subject for good, today's name, and today's groups."""

    subject: str
    name: str
    groups: tuple[str, ...]

    @property
    def claims(self) -> dict[str, Any]:
        """What the rules of the settings go by, as with an identity provider."""
        return {"sub": self.subject, "name": self.name, "groups": list(self.groups)}


class SigningProxies:
    """The trusted proxies that sign the vendor's people in, and the headers that name them."""

    def __init__(self, settings: Settings) -> None:
        self.rules = people_rules(settings)
        self._networks = read_networks(settings.trusted_proxies)
        self._user = settings.proxy_user_header.lower().encode()
        self._name = settings.proxy_name_header.lower().encode()
        self._groups = settings.proxy_groups_header.lower().encode()

    @classmethod
    def of(cls, settings: Settings) -> SigningProxies | None:
        """Return those that the settings name, if any; refuse settings that are not complete."""
        proxies = cls(settings)
        return proxies if settings.proxy_user_header else None

    def named_in(self, scope: Scope | Routed) -> NamedPerson | None:
        """Return whom the proxy names in a request; None where it names nobody.

        What anybody else sends is ignored and logged; a proxy's own that cannot be meant is
        refused.
        """
        headers: list[tuple[bytes, bytes]] = list(scope["headers"])
        users = _values(headers, self._user)
        if not users:
            return None
        peer = _peer(scope)
        if not is_of(peer, self._networks):
            log.warning(
                "sign-in header ignored", reason="the peer is not a trusted proxy", peer=peer
            )
            return None
        subject = _text("user", users)
        if not subject.isascii() or not is_subject(subject):
            raise _refusal("user", "is empty, too long, or not plain ASCII text")
        name = _text("name", _values(headers, self._name) or [b""])
        groups = _text("groups", _values(headers, self._groups) or [b""])
        return NamedPerson(subject, display_name(name) or subject, _groups_in(groups))

    def find_named(self, scope: Scope | Routed) -> NamedPerson | None:
        """Return whom the proxy names; None, too, where what it sends cannot be meant."""
        try:
            return self.named_in(scope)
        except NamedByNoProxy:
            return None

    def vouch_for(self, scope: Scope | Routed, subject: str, allowed: Permitted) -> bool:
        """Return whether a request names the one who was signed in, with what that allowed.

        Other groups that allow something else end a session: who signs in anew is then in the log
        with the new scope.
        """
        person = self.find_named(scope)
        if person is None or person.subject != subject:
            return False
        return scope_for(self.rules, person.claims) == allowed


def read_networks(text: str) -> tuple[Network, ...]:
    """Read the addresses and networks of proxies, separated by commas.

    >>> read_networks("127.0.0.1, 10.0.0.0/8")
    (IPv4Network('127.0.0.1/32'), IPv4Network('10.0.0.0/8'))
    """
    return tuple(ip_network(network.strip()) for network in text.split(",") if network.strip())


def is_of(address: str, networks: tuple[Network, ...]) -> bool:
    """Return whether an address belongs to one of the networks."""
    try:
        read = ip_address(address)
    except ValueError:
        return False
    mapped = read.ipv4_mapped if isinstance(read, IPv6Address) else None
    return any((mapped or read) in network for network in networks)


def _values(headers: list[tuple[bytes, bytes]], header: bytes) -> list[bytes]:
    return [value for name, value in headers if name.lower() == header]


def _peer(scope: Scope | Routed) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _text(header: str, values: list[bytes]) -> str:
    """Return a header's one value; proxies send names as UTF-8, and old ones as Latin-1."""
    if len(values) > 1:
        raise _refusal(header, "was sent more than once")
    try:
        return values[0].decode().strip()
    except UnicodeDecodeError:
        return values[0].decode("latin-1").strip()


def _groups_in(text: str) -> tuple[str, ...]:
    """Return the groups in a header's text, separated by commas, or by bars where it has any.

    >>> _groups_in("docs, ops"), _groups_in("cn=docs,dc=example|cn=ops,dc=example")
    (('docs', 'ops'), ('cn=docs,dc=example', 'cn=ops,dc=example'))
    """
    parts = text.split("|" if "|" in text else ",")
    return tuple(part.strip() for part in parts if part.strip())


def _refusal(header: str, fault: str) -> NamedByNoProxy:
    log.warning("sign-in header refused", header=header, reason=fault)
    return NamedByNoProxy(
        f"The {header} header of the proxy in front {fault}. "
        "Whoever runs the proxy can change that."
    )
