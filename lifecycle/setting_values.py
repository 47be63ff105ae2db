"""How the text of one setting is read, and how its allowed values are described (pure)."""

from __future__ import annotations

import re
from enum import StrEnum
from ipaddress import ip_address, ip_network
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

_PASSWORD = re.compile(r"((?<=://)|^(?!\w+://))([^:/?#@]*):.*@", re.DOTALL)
_EMAIL = re.compile(r"[^\s@<>\"?&]+@[^\s@<>\"?&]+")
_BYTE_ORDER_MARK = "\ufeff"
LONGEST_SHOWN = 100
SHORTEST_ADMIN_TOKEN = 16
TOO_SHORT = f"is too short; it needs at least {SHORTEST_ADMIN_TOKEN} characters"
VISIBLE_ASCII = (
    "holds a space, a line break or a non-ASCII character, which no token has; "
    "`lifecycle token create` prints one that is valid"
)
STORE_ADDRESS = "sqlite:///path/to/file or postgresql://user:password@host/database"
FOLDER = "the whole path of a folder, such as /var/lib/lifecycle/archive"
WEB_ADDRESS = "an address such as https://lifecycle.example"
BASE_URL = f"{WEB_ADDRESS}, with a path if it is published below one"
TITLE = f"a name of at most {LONGEST_SHOWN} characters"
CONTACT = "an e-mail address or a web address, such as support@lifecycle.example"
ISSUER = "an address such as https://login.lifecycle.example; http only on this machine"
HEADER = "the name of a header, such as Remote-User"
NETWORKS = "addresses or networks, separated by commas, such as 127.0.0.1,10.0.0.0/8"
_STORES = frozenset({"sqlite", "sqlite+aiosqlite", "postgres", "postgresql", "postgresql+asyncpg"})
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,99}")
_IN_PATHS = "/%:@!$&()*+,;=~"


def read_token(text: str) -> str:
    """Read a token without what editors and shells put around it; a header carries ASCII alone."""
    token = text.strip().strip(_BYTE_ORDER_MARK).strip()
    if not all("!" <= letter <= "~" for letter in token):
        raise ValueError(VISIBLE_ASCII)
    return token


def _admin_token(text: str) -> str:
    token = read_token(text)
    if len(token) < SHORTEST_ADMIN_TOKEN:
        raise ValueError(TOO_SHORT)
    return token


def _web_address(text: str) -> str:
    parts = urlsplit(text.strip())
    _ = parts.port  # refuses what is not a number
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(WEB_ADDRESS)
    return text.strip()


def _base_url(text: str) -> str:
    """Read the address of the service; its path is the beginning of every link, and escaped.

    Everybody reads it, so it holds no name and no password.
    """
    address = _web_address(text).rstrip("/")
    path = urlsplit(address).path
    if urlsplit(address).username is not None or {"", ".", ".."} & set(
        unquote(path).split("/")[1:]
    ):
        raise ValueError(BASE_URL)
    return address.removesuffix(path) + quote(path, safe=_IN_PATHS)


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not 0 < len(title) <= LONGEST_SHOWN or not title.isprintable():
        raise ValueError(TITLE)
    return title


def _contact(text: str) -> str:
    contact = text.strip()
    if contact.startswith(("http://", "https://")):
        return _web_address(contact)
    if not _EMAIL.fullmatch(contact):
        raise ValueError(CONTACT)
    return contact


def _store_address(text: str) -> str:
    if text.strip().partition("://")[0] not in _STORES:
        raise ValueError(STORE_ADDRESS)
    return text.strip()


def _issuer(text: str) -> str:
    """Read the address of an identity provider; what it says must not be changed on the way."""
    parts = urlsplit(_web_address(text))
    if parts.scheme == "http" and parts.hostname not in _THIS_MACHINE:
        raise ValueError(ISSUER)
    return text.strip()


def _networks(text: str) -> str:
    for network in text.split(","):
        ip_network(network.strip())
    return text


def _folder(text: str) -> str:
    """Take a whole path only: a relative one depends on where a process is started."""
    if not PurePath(text.strip()).is_absolute():
        raise ValueError(FOLDER)
    return text.strip()


def _header(text: str) -> str:
    if not _HEADER.fullmatch(header := text.strip()):
        raise ValueError(HEADER)
    return header


def describe_type(kind: Any) -> str:
    """Say which values a type takes.

    >>> from msgspec import Meta
    >>> describe_type(bool), describe_type(Annotated[int, Meta(ge=0, le=9)])
    ('true or false', 'a whole number from 0 to 9')
    """
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        *first_values, last = [member.value for member in kind]
        return f"{', '.join(first_values)} or {last}"
    if kind is bool:
        return "true or false"
    if get_origin(kind) is not Annotated:
        return "a date such as 2026-02-28"
    number, bounds = get_args(kind)
    noun = "a whole number" if number is int else "a number"
    if bounds.gt is not None:
        return f"{noun} above {bounds.gt}, at most {bounds.le}"
    most = "" if bounds.le is None else f" to {bounds.le}"
    return f"{noun} from {bounds.ge}{most}" if most else f"{noun} of at least {bounds.ge}"


def is_this_machine(host: str) -> bool:
    """Return whether a host is reached on the machine alone that asks for it.

    >>> [is_this_machine(host) for host in ("localhost", "127.0.0.2", "0.0.0.0", "a.example")]
    [True, True, True, False]
    """
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def without_password(address: str) -> str:
    """Hide the password in an address, wherever it ends."""
    return _PASSWORD.sub(r"\2:***@", address)


READERS: dict[str, Callable[[str], str]] = {
    "token": read_token,
    "admin_token": _admin_token,
    "database_url": _store_address,
    "database_direct_url": _store_address,
    "base_url": _base_url,
    "title": _title,
    "contact": _contact,
    "server": _web_address,
    "oidc_issuer": _issuer,
    "archive": _folder,
    "trusted_proxies": _networks,
    "proxy_user_header": _header,
    "proxy_name_header": _header,
    "proxy_groups_header": _header,
}
EXPECTED = {
    "database_url": STORE_ADDRESS,
    "database_direct_url": STORE_ADDRESS,
    "base_url": BASE_URL,
    "title": TITLE,
    "contact": CONTACT,
    "server": WEB_ADDRESS,
    "oidc_issuer": ISSUER,
    "archive": FOLDER,
    "trusted_proxies": NETWORKS,
    "proxy_user_header": HEADER,
    "proxy_name_header": HEADER,
    "proxy_groups_header": HEADER,
}
