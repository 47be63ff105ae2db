"""What the operator may set, all of it from the environment."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin
from urllib.parse import quote, unquote, urlsplit

import msgspec

from lifecycle.errors import BadRequest, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREFIX = "LIFECYCLE_"
SECRETS = frozenset({"admin_token", "token", "secret_key", "smtp_url", "oidc_client_secret"})
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
NO_HOME = (
    "This user has no home folder for the store and its secret key. Set LIFECYCLE_DATABASE_URL, "
    "for example to sqlite:////var/lib/lifecycle/lifecycle.sqlite3 (with PostgreSQL, "
    "LIFECYCLE_SECRET_KEY too), or set HOME."
)
STORE_ADDRESS = "sqlite:///path/to/file or postgresql://user:password@host/database"
WEB_ADDRESS = "an address such as https://lifecycle.example"
BASE_URL = f"{WEB_ADDRESS}, with a path if it is published below one"
TITLE = f"a name of at most {LONGEST_SHOWN} characters"
CONTACT = "an e-mail address or a web address, such as support@lifecycle.example"
ISSUER = "an address such as https://login.lifecycle.example; http only on this machine"
NETWORKS = "addresses or networks, separated by commas, such as 127.0.0.1,10.0.0.0/8"
_STORES = frozenset({"sqlite", "sqlite+aiosqlite", "postgres", "postgresql", "postgresql+asyncpg"})
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_IN_PATHS = "/%:@!$&()*+,;=~"
_YES_OR_NO = {"yes": "true", "on": "true", "no": "false", "off": "false"}


class OperatorRoutes(StrEnum):
    """Who may read /metrics and /health: anybody who reaches them, an admin token, or nobody."""

    OPEN = "open"
    TOKEN = "token"  # noqa: S105 -- the word, not a secret
    OFF = "off"


class LogFormat(StrEnum):
    """How log lines are written; ``auto`` is for people on a terminal, JSON elsewhere."""

    AUTO = "auto"
    JSON = "json"
    CONSOLE = "console"


class LogLevel(StrEnum):
    """From which level on lines are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class UnusableSetting(BadRequest):
    """A setting has an invalid value."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What is in force; every field is the environment variable of its name, with the prefix.

    ``at`` moves the clock of a demo to that day. ``poll_seconds`` says how often the worker looks
    for work, ``lease_seconds`` when a delivery leased by a worker that died is taken over.
    """

    database_url: str = ""
    database_direct_url: str | None = None
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8000
    base_url: str = ""
    title: str = "Support and lifecycle"
    contact: str = ""
    public_reads: bool = True
    operator_routes: OperatorRoutes = OperatorRoutes.OPEN
    admin_token: str | None = None
    server: str | None = None
    token: str | None = None
    secret_key: str | None = None
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str | None = None
    oidc_requests: str = "openid profile email"
    oidc_scopes: str = ""
    smtp_url: str | None = None
    mail_from: str | None = None
    allow_private_addresses: bool = False
    max_body_bytes: Annotated[int, msgspec.Meta(ge=1024)] = 16 * 1024 * 1024
    anonymous_seconds_per_minute: Annotated[float, msgspec.Meta(ge=0, le=6000)] = 15.0
    trusted_proxies: str = ""
    max_age_seconds: Annotated[int, msgspec.Meta(ge=0, le=86400)] = 60
    cache_bytes: Annotated[int, msgspec.Meta(ge=0)] = 128 * 1024 * 1024
    drain_seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 10.0
    worker: bool = True
    at: date | None = None
    poll_seconds: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 1.0
    lease_seconds: Annotated[float, msgspec.Meta(gt=0, le=86400)] = 120.0
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.AUTO
    sources: dict[str, str] = {}

    def describe(self) -> list[tuple[str, str, str]]:
        """Tell each variable's name, its value (a secret only as set or not) and its source."""
        return [self._row(name) for name in _NAMES]

    def _row(self, name: str) -> tuple[str, str, str]:
        value = getattr(self, name)
        shown = ("set" if value else "not set") if name in SECRETS else _text(value)
        return PREFIX + name.upper(), shown, self.sources.get(name, "default")


_NAMES = tuple(name for name in Settings.__struct_fields__ if name != "sources")


def load(environ: Mapping[str, str], **overrides: Any) -> Settings:
    """Read the environment; ``overrides`` (the command line's) go before it.

    A secret may also be named by a file: ``LIFECYCLE_ADMIN_TOKEN_FILE``.

    >>> load({"LIFECYCLE_PORT": "9000"}, host="::1").describe()[2:4]
    [('LIFECYCLE_HOST', '::1', 'command line'), ('LIFECYCLE_PORT', '9000', 'environment')]
    """
    texts = _texts(environ)
    values, problems = {}, []
    for name, text in texts.items():
        try:
            values[name] = _parse(name, text)
        except (msgspec.ValidationError, ValueError) as error:
            problems.append(_problem(name, text, error))
    if problems:
        raise UnusableSetting(f"Invalid setting {problems[0]}", problems=problems)
    chosen = {name: value for name, value in overrides.items() if value is not None}
    sources = dict.fromkeys(values, "environment") | dict.fromkeys(chosen, "command line")
    built = Settings(**(values | chosen), sources=sources)
    return built if built.database_url else _with_default_store(built)


def read_token(environ: Mapping[str, str]) -> str | None:
    """Return the token that the command line shows a service, if one is set; never an empty one.

    A refusal does not repeat it. Nothing but this setting is read.
    """
    text = _text_of(environ, "token")
    if text is None:
        return None
    try:
        return _token(text) or None
    except ValueError as error:
        problem = _problem("token", text, error)
        raise UnusableSetting(f"Invalid setting {problem}", problems=[problem]) from error


def _texts(environ: Mapping[str, str]) -> dict[str, str]:
    texts = {name: _text_of(environ, name) for name in _NAMES}
    return {name: text for name, text in texts.items() if text is not None}


def _text_of(environ: Mapping[str, str], name: str) -> str | None:
    variable = PREFIX + name.upper()
    if text := environ.get(variable):
        return text
    path = environ.get(f"{variable}_FILE") if name in SECRETS else None
    return _secret_in(path, f"{variable}_FILE") if path else None


def _secret_in(path: str, variable: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UnusableSetting(
            f"{variable} names {path!r}, which cannot be read: {reason}."
        ) from error


def _parse(name: str, text: str) -> Any:
    kind = _TYPES[name]
    if name in _READERS:
        return _READERS[name](text)
    plain = text.strip()
    plain = _YES_OR_NO.get(plain.lower(), plain) if kind is bool else plain
    return msgspec.convert(plain, kind, strict=False)


def _token(text: str) -> str:
    """Read a token without what editors and shells put around it; a header carries ASCII alone."""
    token = text.strip().strip(_BYTE_ORDER_MARK).strip()
    if not all("!" <= letter <= "~" for letter in token):
        raise ValueError(VISIBLE_ASCII)
    return token


def _admin_token(text: str) -> str:
    token = _token(text)
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
    """Read the address of the service; its path is the beginning of every link, and escaped."""
    address = _web_address(text).rstrip("/")
    path = urlsplit(address).path
    if {"", ".", ".."} & set(unquote(path).split("/")[1:]):
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


def _problem(name: str, text: str, error: Exception) -> Problem:
    """Return what is wrong with a setting, and what it may be; a secret's text is not repeated."""
    if name in SECRETS:
        return Problem(PREFIX + name.upper(), str(error))
    expected = _EXPECTED.get(name) or _described(_TYPES[name])
    shown = without_password(text)
    message = f"{shown[:LONGEST_SHOWN]!r} is not valid; use {expected}"
    return Problem(PREFIX + name.upper(), message, value=shown, allowed=expected)


def _described(kind: Any) -> str:
    """Say which values a type takes.

    >>> _described(LogFormat), _described(Annotated[int, msgspec.Meta(ge=0, le=9)])
    ('auto, json or console', 'a whole number from 0 to 9')
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


def _with_default_store(settings: Settings) -> Settings:
    url = f"sqlite:///{default_folder() / 'lifecycle.sqlite3'}"
    return msgspec.structs.replace(settings, database_url=url)


def default_folder() -> Path:
    """Name the user's data folder, where the default store and its secret key lie.

    In a container there may be neither a user nor a HOME, and so no such folder.
    """
    import platformdirs  # noqa: PLC0415 -- only the default store needs it

    try:
        folder = Path(platformdirs.user_data_dir("lifecycle-tracker", appauthor=False))
    except RuntimeError as error:  # what it raises where there is neither a user nor a HOME
        raise UnusableSetting(NO_HOME) from error
    if not folder.is_absolute():  # what its older versions return there
        raise UnusableSetting(NO_HOME)
    return folder


def _text(value: Any) -> str:
    """Show a value; an address without its password.

    >>> _text("postgresql://me:hush@db/lifecycle")
    'postgresql://me:***@db/lifecycle'
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else without_password(str(value))


def without_password(address: str) -> str:
    """Hide the password in an address, wherever it ends."""
    return _PASSWORD.sub(r"\2:***@", address)


_TYPES = {field.name: field.type for field in msgspec.structs.fields(Settings)}
_READERS: dict[str, Callable[[str], str]] = {
    "token": _token,
    "admin_token": _admin_token,
    "database_url": _store_address,
    "database_direct_url": _store_address,
    "base_url": _base_url,
    "title": _title,
    "contact": _contact,
    "server": _web_address,
    "oidc_issuer": _issuer,
    "trusted_proxies": _networks,
}
_EXPECTED = {
    "database_url": STORE_ADDRESS,
    "database_direct_url": STORE_ADDRESS,
    "base_url": BASE_URL,
    "title": TITLE,
    "contact": CONTACT,
    "server": WEB_ADDRESS,
    "oidc_issuer": ISSUER,
    "trusted_proxies": NETWORKS,
}
