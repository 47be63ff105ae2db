"""E-mail: which addresses there are, and the two settings without which none can be sent."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.utils import parseaddr
from typing import TYPE_CHECKING

from notifications.channels.descriptor import AddressTerms, Channel, Setting, Unavailable
from notifications.errors import UnusableAddressError
from notifications.hosts import ascii_domain
from notifications.leased_messages import printable

if TYPE_CHECKING:
    from notifications.channels.descriptor import Setup
    from notifications.leased_messages import Transport

LONGEST_LOCAL, LONGEST_EMAIL = 64, 254
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LOCAL = re.compile(rf"{ATOM}(\.{ATOM})*")
_LOOSE = re.compile(r"[^\s@:/]+@[^\s@:/]+")


class UnusableSenderError(ValueError):
    """Use an e-mail address, or a name and an address: Acme <notices@acme.example>."""


def check_address(address: str, _terms: AddressTerms = AddressTerms()) -> None:  # noqa: B008 -- it is frozen
    """Refuse what is not an e-mail address.

    >>> check_address("ops@acme.example")
    >>> check_address("acme.example")
    Traceback (most recent call last):
    notifications.errors.UnusableAddressError: 'acme.example' is not an e-mail address such as \
ops@acme.example
    """
    local, at, domain = address.rpartition("@")
    usable = at and len(local) <= LONGEST_LOCAL and LOCAL.fullmatch(local) and ascii_domain(domain)
    if not usable or len(normalize(address)) > LONGEST_EMAIL:
        raise UnusableAddressError(
            f"{address[:100]!r} is not an e-mail address such as ops@acme.example"
        )


def normalize(address: str) -> str:
    """Write the domain of a checked address as the DNS knows it.

    >>> normalize("ops@Bücher.Example")
    'ops@xn--bcher-kva.example'
    """
    local, _, domain = address.rpartition("@")
    return f"{local}@{ascii_domain(domain)}"


def target_of(address: str) -> str:
    """Name the domain, whose mail server may be slow or down.

    >>> target_of("ops@acme.example")
    'email:acme.example'
    """
    return f"email:{address.rpartition('@')[2]}"


def parse_sender(text: str) -> Address:
    """Read the address that all e-mail comes from.

    >>> parse_sender("Acme <notices@acme.example>").addr_spec
    'notices@acme.example'
    """
    name, address = parseaddr(text)
    try:
        check_address(address if text.isprintable() else "")
        return Address(printable(name), addr_spec=normalize(address))
    except (ValueError, IndexError) as error:
        raise UnusableSenderError(UnusableSenderError.__doc__) from error


def _check_server(url: str) -> None:
    # The mail client takes a while to import, and only sending needs it.
    from notifications.channels.mail_server import parse_server  # noqa: PLC0415

    parse_server(url)


def _open(setup: Setup) -> Transport:
    from notifications.channels.email_transport import EmailTransport  # noqa: PLC0415
    from notifications.channels.mail_server import parse_server  # noqa: PLC0415

    if not (url := setup.settings.get("smtp_url")):
        return Unavailable("no mail server is set up here, so no e-mail can be sent")
    server = parse_server(url)
    if not (sender := setup.settings.get("mail_from")):
        return Unavailable("no sender of e-mail is set up here, so none can be sent")
    return EmailTransport(server, sender)


CHANNEL = Channel(
    name="email",
    open=_open,
    check_address=check_address,
    normalize=normalize,
    target_of=target_of,
    asks_reader=True,
    prefixes=("mailto",),
    is_address=lambda text: _LOOSE.fullmatch(text) is not None,
    example="a@b.example",
    settings=(
        Setting(name="smtp_url", check=_check_server, is_secret=True),
        Setting(name="mail_from", check=parse_sender),
    ),
)
