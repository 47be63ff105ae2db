"""The service that a command asks: a running one, or without its address one in this process.

What goes wrong on the way is told in the command line's terms: its options and its environment.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lifecycle.client import (
    InvalidAddress,
    NoAnswerInTime,
    Refused,
    UnexpectedAnswer,
    Unreachable,
)
from lifecycle.errors import BadRequest, LifecycleError, Unavailable
from lifecycle.settings import read_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.client import Client

HERE = "http://localhost"
TRIES = 3
CI_TRIES = 5
CHECK_SETTING = "Is --server or LIFECYCLE_SERVER right?"
CHECK_SERVICE = "Is --server or LIFECYCLE_SERVER right, and is the service running?"
NO_PERMISSION = frozenset({401, 403})


@contextmanager
def connect(server: str | None) -> Iterator[Client]:
    """Open the service at an address, or the one in this process."""
    if server is not None:
        with _running(server) as client:
            yield client
        return
    from lifecycle.cli.local_service import LocalService  # noqa: PLC0415 -- it imports all of it
    from lifecycle.client import Client  # noqa: PLC0415 -- help needs no httpx

    with LocalService() as service, Client(HERE, transport=service) as client:
        yield client


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
        if error.status_code not in NO_PERMISSION:
            raise
        raise LifecycleError(
            f"{error.detail} Set LIFECYCLE_TOKEN to a token of scope {scope}, which "
            f"`lifecycle token create --scope {scope} --label ci` makes.",
            problems=error.problems,
        ) from error


@contextmanager
def _running(server: str, *, total: float | None = None, tries: int = TRIES) -> Iterator[Client]:
    from lifecycle.client import Client  # noqa: PLC0415 -- help needs no httpx

    token = read_token(os.environ)
    try:
        with Client(server, token=token, total=total, tries=tries) as client:
            yield client
    except InvalidAddress as error:
        raise BadRequest(f"--server {error.detail}") from error
    except Unreachable as error:
        raise Unavailable(f"{error.detail} {CHECK_SERVICE}") from error
    except UnexpectedAnswer as error:
        raise Unavailable(f"{error.detail} {CHECK_SETTING}") from error
