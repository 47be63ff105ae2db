"""What the operator may set, all of it from the environment."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from lifecycle.errors import BadRequest, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "LIFECYCLE_"
SECRETS = frozenset({"admin_token", "token", "secret_key", "smtp_url"})
_PASSWORD = re.compile(r"(?<=://)([^:/?#@]*):[^/?#]*@")
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


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What is in force; every field is the environment variable of its name, with the prefix.

    ``at`` moves the clock of a demo to that day. Only tests have a reason to set ``poll_seconds``
    (how often the worker looks for work), ``lease_seconds`` (after which a delivery leased by a
    worker that died is taken over) and ``retry_scale`` (what the waits between tries are
    multiplied by).
    """

    database_url: str = ""
    database_direct_url: str | None = None
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8000
    base_url: str = ""
    public_reads: bool = True
    operator_routes: OperatorRoutes = OperatorRoutes.OPEN
    admin_token: str | None = None
    server: str | None = None
    token: str | None = None
    secret_key: str | None = None
    smtp_url: str | None = None
    mail_from: str | None = None
    allow_private_addresses: bool = False
    max_body_bytes: Annotated[int, msgspec.Meta(ge=1024)] = 16 * 1024 * 1024
    max_age_seconds: Annotated[int, msgspec.Meta(ge=0, le=86400)] = 60
    cache_bytes: Annotated[int, msgspec.Meta(ge=0)] = 128 * 1024 * 1024
    drain_seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 10.0
    worker: bool = True
    at: date | None = None
    poll_seconds: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 1.0
    lease_seconds: Annotated[float, msgspec.Meta(gt=0, le=86400)] = 120.0
    retry_scale: Annotated[float, msgspec.Meta(ge=0, le=100)] = 1.0
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


def load(environ: Mapping[str, str], **given: Any) -> Settings:
    """Read the environment; what is ``given`` (by the command line) goes before it.

    A secret may also be named by a file: ``LIFECYCLE_ADMIN_TOKEN_FILE``.

    >>> load({"LIFECYCLE_PORT": "9000"}, host="::1").describe()[2:4]
    [('LIFECYCLE_HOST', '::1', 'command line'), ('LIFECYCLE_PORT', '9000', 'environment')]
    """
    texts = _texts(environ)
    values, problems = {}, []
    for name, text in texts.items():
        try:
            values[name] = _parse(name, text)
        except msgspec.ValidationError as error:
            shown = None if name in SECRETS else text
            problems.append(Problem(PREFIX + name.upper(), str(error), value=shown))
    if problems:
        raise BadRequest(f"The environment is set wrongly: {problems[0]}", problems=problems)
    chosen = {name: value for name, value in given.items() if value is not None}
    sources = dict.fromkeys(values, "environment") | dict.fromkeys(chosen, "command line")
    built = Settings(**(values | chosen), sources=sources)
    return built if built.database_url else _with_default_store(built)


def _texts(environ: Mapping[str, str]) -> dict[str, str]:
    texts = {}
    for name in _NAMES:
        variable = PREFIX + name.upper()
        if environ.get(variable):
            texts[name] = environ[variable]
        elif name in SECRETS and environ.get(f"{variable}_FILE"):
            texts[name] = _secret_in(environ[f"{variable}_FILE"], f"{variable}_FILE")
    return texts


def _secret_in(path: str, variable: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"{variable} names {path!r}, which cannot be read: {error}.") from error


def _parse(name: str, text: str) -> Any:
    kind = _TYPES[name]
    plain = _YES_OR_NO.get(text.lower(), text) if kind is bool else text
    return msgspec.convert(plain, kind, strict=False)


def _with_default_store(settings: Settings) -> Settings:
    url = f"sqlite:///{default_folder() / 'lifecycle.sqlite3'}"
    return msgspec.structs.replace(settings, database_url=url)


def default_folder() -> Path:
    """Name the user's data folder, where the default store and its secret key lie."""
    import platformdirs  # noqa: PLC0415 -- only the default store needs it

    return Path(platformdirs.user_data_dir("lifecycle-tracker", appauthor=False))


def _text(value: Any) -> str:
    """Show a value; an address without its password.

    >>> _text("postgresql://me:hush@db/lifecycle")
    'postgresql://me:***@db/lifecycle'
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else _PASSWORD.sub(r"\1:***@", str(value))


_TYPES = {field.name: field.type for field in msgspec.structs.fields(Settings)}
