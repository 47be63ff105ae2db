"""Say in one sentence why the store did not do what it was asked."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import exc

from lifecycle.database.files import Moved
from lifecycle.errors import Conflict, LifecycleError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

SQLITE = {
    sqlite3.SQLITE_BUSY: "The store is locked by another process; try again in a moment.",
    sqlite3.SQLITE_LOCKED: "The store is locked by another process; try again in a moment.",
    sqlite3.SQLITE_FULL: "The disk that holds the store is full; nothing was changed.",
    sqlite3.SQLITE_READONLY: "The store cannot be written: its file, folder or disk is read-only.",
    sqlite3.SQLITE_IOERR: "The disk that holds the store reports an error; nothing was changed.",
    sqlite3.SQLITE_CANTOPEN: (
        "The store's file cannot be opened; if there is none yet, `lifecycle db upgrade` makes it."
    ),
    sqlite3.SQLITE_CORRUPT: "The store's file is damaged; restore it from a backup.",
    sqlite3.SQLITE_NOTADB: "The file that should hold the store is not a SQLite database.",
    sqlite3.SQLITE_PERM: "The store's file may not be opened by this user.",
    sqlite3.SQLITE_AUTH: "The store's file may not be opened by this user.",
}

SWAPPED = "A connection pooler switched connections in the middle of a request; repeat the request."
POSTGRESQL = {
    "08": "The connection to PostgreSQL was lost; check whether a change was made, then repeat it.",
    "28": "PostgreSQL refuses the user or password of LIFECYCLE_DATABASE_URL.",
    "3D": "PostgreSQL has no database with the name in LIFECYCLE_DATABASE_URL.",
    "53": "PostgreSQL has run out of connections, memory or disk; nothing was changed.",
    "57": "PostgreSQL is shutting down, starting up or was stopped; nothing was changed.",
    "58": "The disk that holds PostgreSQL's data reports an error; nothing was changed.",
    "40": "Two changes got in each other's way and this one was undone; repeat it.",
    "55": "Another change holds what this one needs; try again in a moment.",
    "25006": "PostgreSQL is read-only at the moment; nothing was changed.",
    "26000": SWAPPED,
    "42P05": SWAPPED,
    "XX": "PostgreSQL reports an internal error; its log says more.",
}
PASSING = frozenset({POSTGRESQL["40"], POSTGRESQL["55"]})
"""What one change suffers from others; the store itself is well."""
REFUSED_BY_PROTOCOL = "08P01"
"""How poolers refuse all they do not do: a setting they do not pass on, an unknown database."""
OUTAGES = {Unavailable, Moved}
FAULTS = (exc.SQLAlchemyError,)
"""What the driver raises where no sentence fits: defects, and outages nobody foresaw."""

UNIQUE = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, "23505"}


@contextmanager
def explained() -> Iterator[None]:
    """Turn a store that is gone, full, locked or read-only into ``Unavailable``.

    A row that another change put in first becomes a ``Conflict``. Everything else is a defect and
    passes.
    """
    try:
        yield
    except LifecycleError:
        raise
    except (exc.DBAPIError, exc.TimeoutError) as error:
        if not UNIQUE.isdisjoint(_codes(error)):
            message = "Another change came first; read the current state and try again."
            raise Conflict(message) from error
        reason = _reason(error)
        if reason is None:
            raise
        raise Unavailable(reason) from error


@contextmanager
def reached() -> Iterator[None]:
    """Turn a store that cannot be opened or connected to into ``Unavailable`` as well.

    Only where nothing but that happens: any other work has system errors of its own.
    """
    try:
        with explained():
            yield
    except LifecycleError:
        raise
    except OSError as error:
        place = f" at {error.filename}" if error.filename else ""
        reason = f"The store{place} cannot be reached: {error.strerror or error}."
        raise Unavailable(reason) from error
    except sqlite3.Error as error:
        # A pragma that goes past SQLAlchemy fails past it, too.
        failure = SQLITE.get((error.sqlite_errorcode or 0) & 0xFF)
        if failure is None:
            raise
        raise Unavailable(failure) from error
    except Exception as error:
        if not type(error).__module__.startswith("asyncpg."):
            raise
        # While a new connection is set up the driver's own errors come past SQLAlchemy.
        state = sqlstate_of(error)
        if state == REFUSED_BY_PROTOCOL:
            words = str(error).strip().rstrip(".")
            raise Unavailable(f"PostgreSQL refuses the connection: {words}.") from error
        reason = POSTGRESQL.get(state) or POSTGRESQL.get(state[:2]) or POSTGRESQL["08"]
        raise Unavailable(reason) from error


@contextmanager
def explained_drivers() -> Iterator[None]:
    """Turn what drivers raise past SQLAlchemy into ``Unavailable``, where a sentence fits it."""
    try:
        yield
    except LifecycleError:
        raise
    except sqlite3.Error as error:
        failure = SQLITE.get((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF)
        if failure is None:
            raise
        raise Unavailable(failure) from error
    except Exception as error:
        state = sqlstate_of(error)
        reason = POSTGRESQL.get(state) or POSTGRESQL.get(state[:2])
        if reason is None:
            raise
        raise Unavailable(reason) from error


def is_outage(error: Unavailable) -> bool:
    """Return whether it was the store that failed a change, not the handler or another change."""
    return error.__class__ in OUTAGES and error.detail not in PASSING


def _reason(error: BaseException) -> str | None:
    """Return the sentence for a failure of the store, or nothing for any other."""
    if isinstance(error, exc.TimeoutError):
        return "The store is too busy: no connection became free in time; nothing was changed."
    code, state = _codes(error)
    if code is not None:
        return SQLITE.get(code & 0xFF)
    if state:
        return POSTGRESQL.get(state) or POSTGRESQL.get(state[:2])
    if getattr(error, "connection_invalidated", False):
        return POSTGRESQL["08"]
    return None


def _codes(error: BaseException) -> tuple[int | None, str]:
    """Return what SQLite and what PostgreSQL call the failure."""
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlite_errorcode", None), sqlstate_of(cause)


def sqlstate_of(error: BaseException | None) -> str:
    """Return the five letters that PostgreSQL calls a failure by; none where it is not its own."""
    return str(getattr(error, "sqlstate", None) or "")
