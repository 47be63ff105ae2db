"""The service that a command asks: a running one, or without its address one in this process.

What goes wrong on the way is told in the command line's terms: its options and its environment.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lifecycle.cli.quietness import is_quiet
from lifecycle.cli.refusals import say
from lifecycle.client import (
    InvalidAddress,
    NoAnswerInTime,
    Refused,
    UnexpectedAnswer,
    Unreachable,
)
from lifecycle.errors import BadRequest, Unavailable
from lifecycle.setting_values import without_password
from lifecycle.settings import read_token

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lifecycle.client import Client

HERE = "http://localhost"
SLOW_SECONDS = 60.0
"""For answers that are long, such as all there is of all products."""
TRIES = 3
CI_TRIES = 5
CHECK_SETTING = "Is --server or LIFECYCLE_SERVER right?"
CHECK_SERVICE = "Is --server or LIFECYCLE_SERVER right, and is the service running?"
NO_TOKEN = 401
TOO_NARROW = "ScopeTooNarrow"
HEADER = "send `Authorization: Bearer <token>`"
"""How a service tells a program to send a token."""


@contextmanager
def connect(server: str | None, *, silence: float | None = None) -> Iterator[Client]:
    """Open the service at an address, or the one in this process.

    A running one may be silent for so many seconds before it answers.
    """
    if server is not None:
        with _running(server, silence=silence) as client:
            yield client
        return
    from lifecycle.cli.local_service import LocalService  # noqa: PLC0415 -- it imports all of it
    from lifecycle.client import Client  # noqa: PLC0415 -- help needs no httpx

    with LocalService() as service, Client(HERE, transport=service) as client:
        yield client


@contextmanager
def connect_as_anybody(server: str | None, environ: Mapping[str, str]) -> Iterator[Client]:
    """Open a service, or the one in this process with these settings, for what is public."""
    from lifecycle.client import Client  # noqa: PLC0415 -- help needs no httpx

    if server is not None:
        with Client(server, timeout=SLOW_SECONDS) as client:
            yield client
        return
    from lifecycle.cli.local_service import LocalService  # noqa: PLC0415 -- it imports all of it

    with (
        LocalService(as_anybody=True, environ=environ) as service,
        Client(HERE, transport=service) as client,
    ):
        yield client


@contextmanager
def changing(server: str | None) -> Iterator[Client]:
    """Open a service, or the one in this process, for a change; say which store it is that changes.

    It is said before anything is changed, on the error stream.
    """
    name_changed(server)
    with connect(server) as client:
        yield client


def name_changed(server: str | None) -> None:
    """Say on the error stream which store or service is going to be changed."""
    if not is_quiet():
        say(f"Server: {without_password(server)}" if server else f"Store: {_local_store()}")


def _local_store() -> str:
    from lifecycle.cli.backups import shown  # noqa: PLC0415 -- help needs no SQLAlchemy
    from lifecycle.cli.local_store import store_url  # noqa: PLC0415

    return shown(store_url())


@contextmanager
def connect_for_ci(server: str | None, *, seconds: float, scope: str) -> Iterator[Client]:
    """Open a service for questions that a pipeline waits for.

    A running one has ``seconds`` for all of them; ``scope`` is that of the token they take.
    """
    if server is None:
        with connect(None) as client:
            yield client
        return
    try:
        with _running(server, total=seconds, tries=CI_TRIES) as client:
            yield client
    except NoAnswerInTime as error:
        patience = (
            f"{error.detail.removesuffix('.')}; ask again, or allow more time with --timeout."
        )
        raise Unavailable(patience) from error
    except Refused as error:
        if error.status_code == NO_TOKEN:
            error.detail = f"{error.detail} One of scope {scope} is enough."
        raise


@contextmanager
def _running(
    server: str,
    *,
    total: float | None = None,
    tries: int = TRIES,
    silence: float | None = None,
) -> Iterator[Client]:
    from lifecycle.client import Client  # noqa: PLC0415 -- help needs no httpx
    from lifecycle.client.service_client import SILENCE_SECONDS  # noqa: PLC0415

    token = read_token(os.environ)
    timeout = silence or SILENCE_SECONDS
    try:
        with Client(server, token=token, timeout=timeout, total=total, tries=tries) as client:
            yield client
    except Refused as error:
        error.detail = _in_terms_of_commands(error, client.name, has_token=token is not None)
        raise
    except InvalidAddress as error:
        raise BadRequest(f"--server {error.detail}") from error
    except Unreachable as error:
        raise Unavailable(f"{error.detail} {CHECK_SERVICE}") from error
    except UnexpectedAnswer as error:
        raise Unavailable(f"{error.detail} {CHECK_SETTING}") from error


def _in_terms_of_commands(error: Refused, service: str, *, has_token: bool) -> str:
    """Say how a command sends the token that a service wants, and where there is one."""
    source = f"An admin makes tokens at {service.rstrip('/')}/console/tokens."
    if error.status_code == NO_TOKEN and not has_token:
        return f"{service} requires a token for this, and LIFECYCLE_TOKEN is not set. {source}"
    if error.status_code == NO_TOKEN:
        return f"LIFECYCLE_TOKEN is refused: {error.detail} {source}"
    if error.document.get("error") == TOO_NARROW:
        return f"{error.detail} Set LIFECYCLE_TOKEN to another. {source}"
    return error.detail.replace(HEADER, "set LIFECYCLE_TOKEN")
