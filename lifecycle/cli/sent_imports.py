"""Imports into a running service, which takes one file a request."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from lifecycle.cli.connections import connect, name_changed
from lifecycle.cli.progress import progress
from lifecycle.client.resource_paths import path
from lifecycle.documents import decode
from lifecycle.errors import LifecycleError
from lifecycle.imports.import_outputs import AccountImportOut, ImportOut, SkippedOut
from lifecycle.interchange.row_problems import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from lifecycle.client import Client

SILENCE_SECONDS = 600.0
"""A long list takes a while, and nothing is heard meanwhile."""
STOPS_ALL = frozenset({401, 403, 413, 429, 503})
"""Refusals that hold for every other file as well."""


def products(
    server: str, form: str, name: str, content: bytes, query: dict[str, str | None]
) -> ImportOut:
    """Send a file with releases or features."""
    with _open(server, query) as client:
        address = path("v1", "import", form)
        answer = client.send(address, content, key=_key(query), file=name, **query)
        return client.typed(answer, ImportOut)


def accounts(
    server: str, name: str, content: bytes, query: dict[str, str | None]
) -> AccountImportOut:
    """Send a customer list."""
    with _open(server, query) as client:
        address = path("v1", "import", "accounts")
        answer = client.send(address, content, key=_key(query), file=name, **query)
        return client.typed(answer, AccountImportOut)


def endoflife(
    server: str, files: Sequence[Path], release_data: Path | None, query: dict[str, str | None]
) -> ImportOut:
    """Send product files, each with its release data; one that is refused stops no other."""
    total = ImportOut(dry_run="dry_run" in query, products=[], problems=[], notes=[])
    with _open(server, query) as client, progress(len(files)) as begin:
        for file in files:
            begin(file.stem)
            try:
                body, key = _product(file, release_data), _key(query)
                address = path("v1", "import", "endoflife")
                answer = client.post(address, body, key=key, revision=None, **query)
            except LifecycleError as error:
                if error.status_code in STOPS_ALL:
                    raise
                total.problems.extend(_as_skipped(file.name, error))
                continue
            file_report = client.typed(answer, ImportOut)
            total.products.extend(file_report.products)
            total.problems.extend(file_report.problems)
            total.notes.extend(file_report.notes)
    return total


def _key(query: Mapping[str, str | None]) -> str | None:
    """Make the key under which one file is taken in once, whatever becomes of the answer.

    A dry run, which changes nothing, needs none.
    """
    return None if "dry_run" in query else str(uuid4())


def _product(file: Path, release_data: Path | None) -> dict[str, Any]:
    beside = release_data / f"{file.stem}.json" if release_data else None
    body = {"file": file.name, "content": decode(file.read_bytes(), limit=LIMIT)}
    if beside is not None and beside.exists():
        body["release_data"] = decode(beside.read_bytes(), limit=LIMIT)
    return body


def _as_skipped(file: str, error: LifecycleError) -> Iterator[SkippedOut]:
    """Say what is wrong with a file of which nothing was taken."""
    for problem in error.problems:
        yield SkippedOut(problem.field, problem.message, problem.value, problem.allowed)
    if not error.problems:
        yield SkippedOut(file, error.detail)


@contextmanager
def _open(server: str, query: Mapping[str, str | None]) -> Iterator[Client]:
    if "dry_run" not in query:
        name_changed(server)
    with connect(server, silence=SILENCE_SECONDS) as client:
        yield client
