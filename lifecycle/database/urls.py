"""The address of a store: SQLite files and PostgreSQL servers, as people write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from lifecycle.errors import BadRequest

PASSED_ON = {"sslmode": "ssl", "connect_timeout": "timeout", "host": "host", "port": "port"}
SETTINGS = {"application_name", "search_path", "options"}


def parse(url: str) -> URL:
    """Understand ``sqlite:///path`` and ``postgresql://…``; a refusal repeats no password."""
    try:
        address = make_url(url)
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
    return URL.create("sqlite+aiosqlite", database=str(Path(address.database).expanduser()))


def file_of(url: URL) -> Path | None:
    """Give the SQLite file an address names, or nothing for a server."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def opened(url: URL) -> URL:
    """Give the address under which an existing SQLite file is opened, and none is created."""
    path = file_of(url)
    if path is None:
        return url.set(query={})
    return url.set(
        database=f"file:{quote(str(path.absolute()))}", query={"mode": "rw", "uri": "true"}
    )


def arguments(url: URL) -> dict[str, Any]:
    """Translate what PostgreSQL's own clients accept after the ``?`` into the driver's words."""
    if file_of(url) is not None:
        return {}
    chosen: dict[str, Any] = {"timeout": 10.0}
    settings: dict[str, str] = {"application_name": "lifecycle"}
    for name, value in url.query.items():
        text = value if isinstance(value, str) else value[-1]
        if name in SETTINGS:
            settings[name] = text
        elif name in PASSED_ON:
            chosen[PASSED_ON[name]] = float(text) if name == "connect_timeout" else text
        else:
            allowed = ", ".join(sorted({*PASSED_ON, *SETTINGS}))
            raise BadRequest(
                f"The store's address says {name!r}, which is not understood; it may say {allowed}."
            )
    return chosen | {"server_settings": settings}
