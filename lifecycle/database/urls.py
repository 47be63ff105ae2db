"""The address of a store: SQLite files and PostgreSQL servers, as people write them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from lifecycle.errors import BadRequest

PASSED_ON = {"sslmode": "ssl", "connect_timeout": "timeout"}
SETTINGS = {"application_name", "search_path", "options"}
PLACES = {"host", "port"}
WANTED = "target_session_attrs"
"""What a server must be like, in the words of PostgreSQL's own clients."""
READ_WRITE = "read-write"
KINDS = {READ_WRITE, "primary", "any"}
"""``read-write`` accepts changes, ``primary`` is no standby, ``any`` is not asked."""
CONNECT_SECONDS = 10.0
LONGEST_CONNECT_SECONDS = 600
LAST_PORT = 65535
_HOSTS = re.compile(r"(?<=://)(?:[^/?#]*@)?(?P<hosts>[^/?#@]*,[^/?#@]*)(?=[/?#]|$)")


class Host(NamedTuple):
    """One of the servers an address names; nothing for what the driver takes by itself."""

    name: str | None = None
    port: int | None = None

    def arguments(self) -> dict[str, Any]:
        """Return the address as the driver takes it."""
        values = {"host": self.name, "port": self.port}
        return {name: value for name, value in values.items() if value is not None}


def parse(url: str) -> URL:
    """Understand ``sqlite:///path`` and ``postgresql://…``; a refusal repeats no password.

    Several servers stand as ``postgresql://me@one:5432,other:5433/name``, as libpq writes them.
    """
    try:
        address = _with_hosts(url)
    except (ArgumentError, ValueError) as error:
        raise BadRequest(
            "The store's address cannot be understood; write sqlite:///path/to/file or "
            "postgresql://user:password@host/database."
        ) from error
    if address.drivername in {"sqlite", "sqlite+aiosqlite"}:
        return _sqlite(address)
    if address.drivername in {"postgres", "postgresql", "postgresql+asyncpg"}:
        return address.set(drivername="postgresql+asyncpg")
    raise BadRequest(
        f"A store on {address.get_backend_name()!r} is not supported; write "
        "sqlite:///path/to/file or postgresql://user:password@host/database."
    )


def _sqlite(address: URL) -> URL:
    if not address.database or address.database == ":memory:":
        raise BadRequest(
            "A store in memory would be lost at once; name a file: sqlite:///path/to/file."
        )
    try:
        path = Path(address.database).expanduser()
    except RuntimeError as error:
        raise BadRequest(
            f"The home folder in the store's address, {address.database!r}, is not known; write "
            "the whole path: sqlite:////path/to/file."
        ) from error
    return URL.create("sqlite+aiosqlite", database=str(path))


def file_of(url: URL) -> Path | None:
    """Return the SQLite file that an address names; None for a server."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def opened(url: URL) -> URL:
    """Return the address under which an existing SQLite file is opened, and none is created."""
    path = file_of(url)
    if path is None:
        return url.set(query={})
    return url.set(
        database=f"file:{quote(str(path.absolute()))}", query={"mode": "rw", "uri": "true"}
    )


def _with_hosts(url: str) -> URL:
    """Read an address; several hosts, which SQLAlchemy takes for one, move behind the ``?``."""
    match = _HOSTS.search(url)
    if match is None:
        return make_url(url)
    named = make_url(url[: match.start("hosts")] + url[match.end("hosts") :])
    return named.set(query={"host": tuple(match["hosts"].split(",")), **named.query})


def hosts(url: URL) -> list[Host]:
    """List the servers an address names, in its order; what stands behind the ``?`` counts first.

    >>> hosts(parse("postgresql://me@one,[::1]:5433/lifecycle"))
    [Host(name='one', port=None), Host(name='::1', port=5433)]
    """
    names = _listed(url, "host") or [url.host or ""]
    ports = _listed(url, "port") or [str(url.port or "")]
    if len(ports) not in {1, len(names)}:
        raise BadRequest(
            f"The store's address names {len(names)} hosts but {len(ports)} ports; "
            "give one port for all, or one for each."
        )
    if len(names) > 1 and "" in names:
        raise BadRequest("The store's address names several hosts, and one of them is empty.")
    ports = ports * len(names) if len(ports) == 1 else ports
    return [_host(unquote(name), port) for name, port in zip(names, ports, strict=True)]


def _listed(url: URL, name: str) -> list[str]:
    values = url.query.get(name, ())
    texts = [values] if isinstance(values, str) else values
    return [part for text in texts for part in text.split(",")]


def _host(name: str, port: str) -> Host:
    """Read a host with the port it may have of its own; a path names the folder of a socket."""
    if name.startswith("["):
        name, _, own = name[1:].partition("]")
        port = own.removeprefix(":") or port
    elif not name.startswith("/") and name.count(":") == 1:
        name, _, own = name.partition(":")
        port = own or port
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) <= LAST_PORT):
        raise BadRequest(
            f"The store's address names the port {port!r}; use a number from 1 to {LAST_PORT}."
        )
    return Host(name or None, int(port) if port else None)


def wanted(url: URL) -> str:
    """Say what a server must be like: one of ``KINDS``; unless told otherwise, ``read-write``."""
    attributes = url.query.get(WANTED, READ_WRITE)
    kind = attributes if isinstance(attributes, str) else attributes[-1]
    if kind not in KINDS:
        raise BadRequest(
            f"The store's address says {WANTED}={kind}, but the service needs a server that "
            f"accepts changes; write {WANTED}={READ_WRITE} (the default), primary or any."
        )
    return kind


def arguments(url: URL) -> dict[str, Any]:
    """Translate what PostgreSQL's own clients accept after the ``?`` into the driver's words."""
    if file_of(url) is not None:
        return {}
    own = {"user": url.username, "password": url.password, "database": url.database or None}
    chosen: dict[str, Any] = {name: value for name, value in own.items() if value is not None}
    chosen["timeout"] = CONNECT_SECONDS
    settings: dict[str, str] = {"application_name": "lifecycle"}
    for name, value in url.query.items():
        text = value if isinstance(value, str) else value[-1]
        if name in SETTINGS:
            settings[name] = text
        elif name in PASSED_ON:
            chosen[PASSED_ON[name]] = _seconds(text) if name == "connect_timeout" else text
        elif name not in {*PLACES, WANTED}:
            allowed = ", ".join(sorted({*PASSED_ON, *SETTINGS, *PLACES, WANTED}))
            raise BadRequest(
                f"The store's address says {name!r}, which is not understood; it may say {allowed}."
            )
    return chosen | {"server_settings": settings}


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= LONGEST_CONNECT_SECONDS:
        raise BadRequest(
            f"The store's address says connect_timeout={text}; use a number of seconds above 0, "
            f"at most {LONGEST_CONNECT_SECONDS}."
        )
    return seconds
