"""Copies of a SQLite store, made and put back without losing what stands there."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from lifecycle.database import urls
from lifecycle.errors import BadRequest, Conflict, Unavailable

if TYPE_CHECKING:
    from pathlib import Path

HOW_TO_RESTORE = (
    "stop the service, then restore into an empty database with pg_restore, or with psql from a "
    "plain dump."
)
"""What to do with a PostgreSQL store instead."""


def shown(url: str) -> str:
    """Return a store's file, or its address as people write it, without its password.

    >>> shown("postgresql://me:hush@db/lifecycle")
    'postgresql://me:***@db/lifecycle'
    """
    parsed = urls.parse(url)
    if file := urls.file_of(parsed):
        return str(file)
    return parsed.set(drivername=parsed.get_backend_name()).render_as_string(hide_password=True)


def back_up(url: str, path: Path) -> int:
    """Copy the store to a new file by SQLite's online backup; give the copy's size in bytes.

    The copy is checked before it gets its name, and only its owner may read it.
    """
    source = store_file(url, "use pg_dump, which works while the store is in use.")
    if path.exists():
        raise Conflict(
            f"{path} already exists, and backups never overwrite a file; name another one."
        )
    if not source.exists():
        raise BadRequest(f"There is no store at {source} to back up.")
    part = path.with_name(path.name + ".part")
    _copy(source, part)
    part.rename(path)
    return path.stat().st_size


def restore(url: str, path: Path, *, replace: bool) -> Path | None:
    """Put a saved store in this one's place; give the file that what stood there is kept in."""
    target = store_file(url, HOW_TO_RESTORE)
    if target.exists() and not replace:
        raise Conflict(
            f"There is already a store at {target}; --replace puts it aside without deleting it."
        )
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(target.name + ".restored")
    _copy(path, part)
    aside = _put_aside(target) if target.exists() else None
    part.rename(target)
    return aside


def store_file(url: str, instead: str) -> Path:
    """Return a SQLite store's file; refuse PostgreSQL, saying what to do ``instead``."""
    path = urls.file_of(urls.parse(url))
    if path is None:
        raise BadRequest(f"{shown(url)} is a PostgreSQL store; {instead}")
    return path


def _copy(source: Path, target: Path) -> None:
    """Copy a database to a file that only its owner may read, and check the copy."""
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with (
            closing(_open(source, "ro")) as original,
            closing(sqlite3.connect(target)) as copy,
        ):
            original.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        check(target)
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise Unavailable(f"{source} could not be copied: {error}.") from error


def check(path: Path) -> None:
    """Refuse what is no sound store of this service."""
    if not path.exists():
        raise BadRequest(f"There is no file {path}.")
    try:
        with closing(_open(path, "ro")) as database:
            (verdict,) = database.execute("PRAGMA integrity_check(1)").fetchone()
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    except sqlite3.Error as error:
        raise BadRequest(f"{path} is not a saved store: {error}.") from error
    if verdict != "ok":
        raise BadRequest(f"{path} is damaged: {verdict}.")
    if "alembic_version" not in tables:
        raise BadRequest(f"{path} is a SQLite file, but not a store of this service.")


def _put_aside(target: Path) -> Path:
    """Rename the store that is there, if nobody uses it."""
    try:
        with closing(_open(target, "rw", timeout=1)) as database:
            database.execute("PRAGMA journal_mode = DELETE")  # only the last connection may
    except sqlite3.OperationalError as error:
        raise Conflict(
            f"The store at {target} is in use; stop the service first ({error})."
        ) from error
    except sqlite3.DatabaseError:
        pass  # a damaged store is no reason not to restore a sound one
    aside = target.with_name(target.name + ".before-restore")
    count = 1
    while aside.exists():
        count += 1
        aside = target.with_name(f"{target.name}.before-restore-{count}")
    target.rename(aside)
    return aside


def _open(path: Path, mode: str, timeout: float = 30) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=timeout, isolation_level=None
    )
