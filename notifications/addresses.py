"""What an address and a topic may look like; whether somebody listens there is found out later."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

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
VISIBLE = re.compile(r"[!-~\u00a1-\U0010ffff]+")
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
            f"{address[:100]!r} is no address: it is empty, or holds spaces or what does not print"
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
        return f"webhook:{urlsplit(address).hostname}"
    if channel == "chat":
        return f"chat:{address.partition('://')[0]}"
    return f"{channel}:{address.rpartition('@')[2]}"


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
    shown = repr(address[:100])
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
    literal = literal_address(parts.hostname or "")
    if literal is not None and not is_public(literal) and not allow_http:
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


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port  # refuses what is no number
    except ValueError:
        return None
    return parts


def _is_host(name: str) -> bool:
    if ":" in name:
        try:
            IPv6Address(name)
        except ValueError:
            return False
        return True
    return bool(_ascii(name.replace("_", "-").removesuffix(".")))


def _ascii(domain: str) -> str:
    """Give a domain as the DNS knows it; nothing for what cannot be one."""
    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return ""
