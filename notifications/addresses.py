"""What an address and a topic may look like; whether somebody listens there is found out later."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urlsplit

import idna

from notifications.errors import UnusableAddressError, UnusableTopicError
from notifications.networks import is_public, literal_address

if TYPE_CHECKING:
    from collections.abc import Sequence

CHANNELS = ("webhook", "email", "chat")
LONGEST = 2000
LONGEST_LOCAL, LONGEST_EMAIL = 64, 254
ALL = "*"
MOST_TOPICS = 500

ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LOCAL = re.compile(rf"{ATOM}(\.{ATOM})*")
CHAT = re.compile(r"[a-z][a-z0-9+-]{1,30}://[!-~]+")
ASCII = "".join(map(chr, range(0x21, 0x7F)))
LOCAL_ENDINGS = (".localhost", ".local", ".internal", ".home.arpa", ".localdomain", ".lan")
"""Names that never lie on the public network (RFC 6761, 6762, 8375) or are used in none."""
VISIBLE = re.compile(r"[!-~\u00a1-\U0010ffff]+")
_PASSWORD = re.compile(r"(?<=:)//[^/?#]*@")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
"""What makes the last part of a host one of an IPv4 address, never of a name (WHATWG URL)."""
TOPIC = re.compile(r"product:[a-z0-9][a-z0-9._-]{0,99}")


def check_address(
    channel: str, address: str, *, operator: bool = False, allow_http: bool = False
) -> None:
    """Refuse an address that cannot be one on its channel.

    Chat addresses are for an ``operator`` to give: they go past the address guard. ``allow_http``
    lets through what private networks have: unencrypted webhooks, and addresses of their own.

    >>> check_address("email", "ops@acme.example")
    >>> check_address("email", "acme.example")
    Traceback (most recent call last):
    notifications.errors.UnusableAddressError: 'acme.example' is no e-mail address such as \
ops@acme.example
    """
    if channel not in CHANNELS:
        raise UnusableAddressError(
            f"There is no channel {channel[:40]!r}; there are {', '.join(CHANNELS)}"
        )
    if len(address) > LONGEST:
        raise UnusableAddressError(
            f"An address has at most {LONGEST} characters; this one has {len(address)}"
        )
    if not VISIBLE.fullmatch(address) or not address.isprintable():
        raise UnusableAddressError(
            f"{_shown(address)} is no address: it is empty, or holds spaces or what does not print"
        )
    if channel == "email":
        _check_email(address)
    elif channel == "webhook":
        _check_webhook(address, allow_http=allow_http)
    else:
        _check_chat(address, operator=operator)


def normal(channel: str, address: str) -> str:
    """Give the form of a checked address under which it is the same address.

    >>> normal("email", "ops@Bücher.Example")
    'ops@xn--bcher-kva.example'
    """
    if channel != "email":
        return address
    local, _, domain = address.rpartition("@")
    return f"{local}@{_ascii(domain)}"


def target_of(channel: str, address: str) -> str:
    """Name what may be slow or down where many addresses are: a host, or a chat service.

    >>> target_of("webhook", "https://Hooks.Acme.example:8443/in?key=1")
    'webhook:hooks.acme.example'
    >>> target_of("chat", "slack://token-a/token-b")
    'chat:slack'
    """
    if channel == "webhook":
        return f"webhook:{ascii_host(urlsplit(address).hostname or '').removesuffix('.')}"
    if channel == "chat":
        return f"chat:{address.partition('://')[0]}"
    return f"{channel}:{address.rpartition('@')[2]}"


def ascii_host(name: str) -> str:
    """Give a host as it is asked for: names and look-alike digits as the DNS knows them.

    Nothing for what cannot be a host.

    >>> ascii_host("Bücher.Example"), ascii_host("①②⑦。0.0.1"), ascii_host("::1")
    ('xn--bcher-kva.example', '127.0.0.1', '::1')
    """
    if ":" in name or name.isascii():
        return name.lower()
    return _ascii(name)


def as_requested(address: str) -> str:
    """Give a web address as it is requested, in ASCII and without its fragment.

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
    rest = after[len(parts.netloc) :].partition("#")[0]
    bracketed = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{bracketed}{port}{quote(rest, safe=ASCII)}"


def check_topics(topics: Sequence[str]) -> list[str]:
    """Give the topics once each, sorted; ``*`` alone where it is among them.

    >>> check_topics(["product:b", "product:a", "product:b"])
    ['product:a', 'product:b']
    """
    if not topics:
        raise UnusableTopicError("Give at least one topic: '*', or 'product:' and a slug")
    if len(topics) > MOST_TOPICS:
        raise UnusableTopicError(f"Give at most {MOST_TOPICS} topics, or '*' for all")
    for topic in topics:
        if topic != ALL and not TOPIC.fullmatch(topic):
            raise UnusableTopicError(
                f"{topic[:120]!r} is no topic: write '*', or 'product:' and a slug"
            )
    return [ALL] if ALL in topics else sorted(set(topics))


def _check_email(address: str) -> None:
    local, at, domain = address.rpartition("@")
    usable = at and len(local) <= LONGEST_LOCAL and LOCAL.fullmatch(local) and _ascii(domain)
    if not usable or len(normal("email", address)) > LONGEST_EMAIL:
        raise UnusableAddressError(
            f"{address[:100]!r} is no e-mail address such as ops@acme.example"
        )


def _check_webhook(address: str, *, allow_http: bool) -> None:
    parts = _split(address)
    shown = _shown(address)
    if parts is None or "\\" in address or not _is_host(parts.hostname or ""):
        raise UnusableAddressError(f"{shown} is no web address such as https://acme.example/hook")
    if "@" in parts.netloc:
        # The address may be shown and logged where a password must not be.
        raise UnusableAddressError(
            f"A web address holds no user name or password; the message is signed instead: "
            f"https://{parts.hostname}/…"
        )
    if parts.scheme == "http" and not allow_http:
        raise UnusableAddressError(f"{shown} is not encrypted; give an https:// address")
    if parts.scheme not in {"http", "https"}:
        raise UnusableAddressError(f"{shown} is no web address; it starts with https://")
    if not allow_http and not _may_be_public(ascii_host(parts.hostname or "")):
        raise UnusableAddressError(
            f"{shown} is not a public address, and no other is sent to; give one that is"
        )


def _check_chat(address: str, *, operator: bool) -> None:
    if not operator:
        raise UnusableAddressError(
            "A chat address can be given by an operator only; subscribe a webhook or an e-mail"
        )
    if not CHAT.fullmatch(address):
        raise UnusableAddressError(
            "This is no chat address of Apprise's form, such as slack://TOKEN/#channel"
        )


def _shown(address: str) -> str:
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


def _may_be_public(host: str) -> bool:
    """Say whether a host may lie on the public network; what it resolves to, sending finds out."""
    literal = literal_address(host)
    if literal is not None:
        return is_public(literal)
    name = host.rstrip(".")
    return "." in name and not name.endswith(LOCAL_ENDINGS)


def _is_host(name: str) -> bool:
    if ":" in name:
        try:
            IPv6Address(name)
        except ValueError:
            return False
        return True
    bare = name.replace("_", "-")
    host = _ascii(bare.removesuffix(".")) if not bare.endswith("..") else ""
    return bool(host) and not (
        _NUMBER.fullmatch(host.rpartition(".")[2]) and literal_address(host) is None
    )


def _ascii(domain: str) -> str:
    """Give a domain as the DNS knows it; nothing for what cannot be one."""
    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return ""
