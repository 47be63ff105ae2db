"""What the operator may set, all of it from the environment."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from lifecycle import setting_values
from lifecycle.errors import BadRequest, Problem
from lifecycle.setting_values import LONGEST_SHOWN, without_password

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "LIFECYCLE_"
BY_FILE = "file"
"""What the source of a secret begins with that stands in a file of the operator's."""
SECRETS = frozenset({"admin_token", "token", "secret_key", "smtp_url", "oidc_client_secret"})
FORMER_NAMES = {"people_scopes": "LIFECYCLE_OIDC_SCOPES"}
"""The variables that settings had before, which are still read."""
NO_HOME = (
    "This user has no home folder for the store and its secret key. Set LIFECYCLE_DATABASE_URL, "
    "for example to sqlite:////var/lib/lifecycle/lifecycle.sqlite3 (with PostgreSQL, "
    "LIFECYCLE_SECRET_KEY too), or set HOME."
)
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
    cross_origin_reads: bool = True
    operator_routes: OperatorRoutes = OperatorRoutes.OPEN
    admin_token: str | None = None
    server: str | None = None
    token: str | None = None
    secret_key: str | None = None
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str | None = None
    oidc_requests: str = "openid profile email"
    people_scopes: str = ""
    proxy_user_header: str = ""
    proxy_name_header: str = ""
    proxy_groups_header: str = ""
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
    worker_port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    at: date | None = None
    archive: str = ""
    keep_proof_days: Annotated[int, msgspec.Meta(ge=0, le=36500)] = 730
    keep_messages_days: Annotated[int, msgspec.Meta(ge=1, le=36500)] = 365
    keep_attempts_days: Annotated[int, msgspec.Meta(ge=1, le=36500)] = 730
    keep_sessions_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 30
    keep_idempotency_hours: Annotated[int, msgspec.Meta(ge=24, le=720)] = 24
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
    sources = {name: _source(environ, name) for name in values}
    sources |= dict.fromkeys(chosen, "command line")
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
        return setting_values.read_token(text) or None
    except ValueError as error:
        problem = _problem("token", text, error)
        raise UnusableSetting(f"Invalid setting {problem}", problems=[problem]) from error


def _texts(environ: Mapping[str, str]) -> dict[str, str]:
    texts = {name: _text_of(environ, name) for name in _NAMES}
    return {name: text for name, text in texts.items() if text is not None}


def _text_of(environ: Mapping[str, str], name: str) -> str | None:
    variable = PREFIX + name.upper()
    if text := environ.get(variable):
        _refuse_other(environ, name, text)
        return text
    if name in FORMER_NAMES and (text := environ.get(FORMER_NAMES[name])):
        return text
    path = environ.get(f"{variable}_FILE") if name in SECRETS else None
    return _secret_in(path, f"{variable}_FILE") if path else None


def _source(environ: Mapping[str, str], name: str) -> str:
    """Return where a setting comes from: the environment, or the file that this names."""
    variable = PREFIX + name.upper()
    path = environ.get(f"{variable}_FILE") if name in SECRETS else None
    return f"{BY_FILE} {path}" if path and not environ.get(variable) else "environment"


def _refuse_other(environ: Mapping[str, str], name: str, text: str) -> None:
    """Refuse a setting that has another value under its former name: only one can be meant."""
    former = FORMER_NAMES.get(name, "")
    if environ.get(former, text) not in {"", text}:
        message = f"differs from {former}, its former name; unset {former}"
        problem = Problem(PREFIX + name.upper(), message, value=text[:LONGEST_SHOWN])
        raise UnusableSetting(f"Invalid setting {problem}.", problems=[problem])


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
    if name in setting_values.READERS:
        return setting_values.READERS[name](text)
    plain = text.strip()
    plain = _YES_OR_NO.get(plain.lower(), plain) if kind is bool else plain
    return msgspec.convert(plain, kind, strict=False)


def _problem(name: str, text: str, error: Exception) -> Problem:
    """Return what is wrong with a setting, and what it may be; a secret's text is not repeated."""
    if name in SECRETS:
        return Problem(PREFIX + name.upper(), str(error))
    expected = setting_values.EXPECTED.get(name) or setting_values.describe_type(_TYPES[name])
    shown = without_password(text)
    message = f"{shown[:LONGEST_SHOWN]!r} is not valid; use {expected}"
    return Problem(PREFIX + name.upper(), message, value=shown, allowed=expected)


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


_TYPES = {field.name: field.type for field in msgspec.structs.fields(Settings)}
