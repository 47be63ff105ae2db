"""Where the migrations lie, and whether a SQLite store has them all, without asking Alembic.

A command that reads starts in a third of the time: Alembic loads every migration to know its place.
"""

from __future__ import annotations

import contextlib
import sqlite3
from functools import cache
from pathlib import Path

import lifecycle


def scripts() -> Path:
    """Find the migrations: beside the installed package's modules, or in the source tree."""
    package = Path(lifecycle.__file__).parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


@cache
def newest_revision() -> str:
    """Return the newest revision that this code knows: files begin with theirs, in their order."""
    files = (scripts() / "versions").glob("[0-9]*_*.py")
    return max(file.name.partition("_")[0] for file in files)


def is_current(file: Path) -> bool:
    """Return whether a SQLite store is at the newest revision.

    Where it is not, or cannot be read, whoever asks Alembic learns why.
    """
    address = f"{file.absolute().as_uri()}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
            rows = database.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.Error:
        return False
    return rows == [(newest_revision(),)]
