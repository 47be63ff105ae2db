"""Webhooks: which web addresses are sent to, and how receivers know that it is us."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urlsplit

from notifications.channels.descriptor import Channel
from notifications.errors import UnusableAddressError
from notifications.hosts import ascii_host, is_host, may_be_public

if TYPE_CHECKING:
    from notifications.channels.descriptor import AddressTerms, Setup
    from notifications.leased_messages import Transport

ASCII = "".join(map(chr, range(0x21, 0x7F)))
_PASSWORD = re.compile(r"(?<=:)//[^/?#]*@")


def check_address(address: str, terms: AddressTerms) -> None:
    """Refuse what is not the address of a web server that may be sent to."""
    parts = _split(address)
    shown = without_password(address)
    if parts is None or "\\" in address or not is_host(parts.hostname or ""):
        raise UnusableAddressError(
            f"{shown} is not a web address such as https://acme.example/hook"
        )
    if "@" in parts.netloc:
        # The address may be shown and logged where a password must not be.
        raise UnusableAddressError(
            f"A web address holds no user name or password; the message is signed instead: "
            f"https://{parts.hostname}/…"
        )
    if parts.scheme == "http" and not terms.allow_http:
        raise UnusableAddressError(f"{shown} is not encrypted; give an https:// address")
    if parts.scheme not in {"http", "https"}:
        raise UnusableAddressError(f"{shown} is not a web address; begin it with https://")
    if not terms.allow_http and not may_be_public(ascii_host(parts.hostname or "")):
        raise UnusableAddressError(f"{shown} is not a public address; use one that is")


def target_of(address: str) -> str:
    """Name the host, which may be slow or down.

    >>> target_of("https://Hooks.Acme.example:8443/in?key=1")
    'webhook:hooks.acme.example'
    """
    return f"webhook:{ascii_host(urlsplit(address).hostname or '').removesuffix('.')}"


def as_requested(address: str) -> str:
    """Return a web address as it is requested, in ASCII and without its fragment.

    Only the host is normalised. Path and query stay byte for byte: who signs an address signs its
    escapes too (RFC 3986, section 6.2.2, lets others treat them as equal; no signature does).
    Characters beyond ASCII, which no request can hold, are escaped as UTF-8.

    >>> as_requested("https://Bücher.example/a%7Eb/%2e%2e?q=ä#top")
    'https://xn--bcher-kva.example/a%7Eb/%2e%2e?q=%C3%A4'
    """
    parts = urlsplit(address)
    host = ascii_host(parts.hostname or "")
    port = "" if parts.port is None else f":{parts.port}"
    _, _, after = address.partition("://")
    path = after[len(parts.netloc) :].partition("#")[0]
    bracketed = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{bracketed}{port}{quote(path, safe=ASCII)}"


def without_password(address: str) -> str:
    """Quote the beginning of an address, without a password that it should not hold."""
    return repr(_PASSWORD.sub("//…@", address)[:100])


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        usable = parts.port != 0  # the port refuses what is no number
    except ValueError:
        return None
    bracketed = "[" in parts.netloc and ":" not in (parts.hostname or "")
    return parts if usable and not bracketed else None


def _is_web_address(text: str) -> bool:
    return text.partition(":")[0].lower() in {"https", "http"}


def _open(setup: Setup) -> Transport:
    # aiohttp takes a while to import, and only sending needs it.
    from notifications.channels.webhook_transport import WebhookTransport  # noqa: PLC0415
    from notifications.guard import Guard  # noqa: PLC0415

    guard = Guard(allow_private=setup.allow_private_addresses)
    return WebhookTransport(guard, allow_http=setup.allow_http)


CHANNEL = Channel(
    name="webhook",
    open=_open,
    check_address=check_address,
    target_of=target_of,
    signs=True,
    is_address=_is_web_address,
    example="https://…",
)
