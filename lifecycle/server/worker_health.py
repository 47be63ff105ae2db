"""The health and metrics of a worker in a process of its own, on a port of its own."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import DBAPIError

from lifecycle.accounts import tokens
from lifecycle.accounts.scopes import allows, parse_scope
from lifecycle.scheduler.vitals import Vitals
from lifecycle.scheduler.worker_process import Work
from lifecycle.server.authorization import bearer_secret
from lifecycle.settings import OperatorRoutes
from lifecycle.telemetry import Telemetry

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Coroutine, Generator
    from datetime import datetime

    from lifecycle.database.store import Store
    from lifecycle.server.asgi_types import Receive, Scope, Send
    from lifecycle.settings import Settings

Answer: TypeAlias = tuple[int, str, bytes]
"""A status, a media type, and a body."""

JSON = "application/json"
UNAUTHORIZED = 401


class _Server(uvicorn.Server):
    """A server that leaves signals to the worker."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Let them pass."""
        yield


class TokenCheck:
    """Refuses who has no admin token, as the service's own routes of an operator do."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def refusal(self, scope: Scope) -> Answer | None:
        """Return why a request is refused; None if its token is an admin's."""
        header = dict(scope["headers"]).get(b"authorization")
        if header is None:
            return _problem(401, "Send `Authorization: Bearer <token>` with this request.")
        try:
            secret = bearer_secret(header.decode("latin-1"))
            async with self._store.reading() as session:
                token = await tokens.authenticate(session, secret, now=self._clock())
        except tokens.InvalidToken as error:
            return _problem(401, error.detail)
        except (DBAPIError, OSError):
            return _problem(503, "The store cannot be reached, so no token can be checked.")
        if allows(parse_scope(token.scope), "admin"):
            return None
        return _problem(403, "A token of scope admin is needed.")


class WorkerHealth:
    """Answers /health/live, /health/ready and /metrics, and nothing else.

    With a ``check`` of tokens, whoever has none gets no answer.
    """

    def __init__(
        self, vitals: Vitals, telemetry: Telemetry, check: TokenCheck | None = None
    ) -> None:
        self._vitals = vitals
        self._telemetry = telemetry
        self._check = check

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        refusal = await self._check.refusal(scope) if self._check else None
        status, kind, body = refusal or self._answer(scope)
        headers = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(body))]
        if status == UNAUTHORIZED:
            headers.append((b"www-authenticate", b"Bearer"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        empty = scope["method"] == "HEAD"
        await send({"type": "http.response.body", "body": b"" if empty else body})

    def _answer(self, scope: Scope) -> Answer:
        if scope["method"] not in {"GET", "HEAD"}:
            return _problem(405, "This port is only read: use GET.")
        path = scope["path"]
        if path == "/health/live":
            return _document(200, {"status": "alive"})
        if path == "/metrics":
            return 200, CONTENT_TYPE_LATEST, self._telemetry.render()
        if path != "/health/ready":
            return _problem(404, "This port has /health/live, /health/ready and /metrics.")
        if self._vitals.trouble:
            return _problem(503, self._vitals.trouble)
        return _document(200, {"status": "ready", **self._vitals.summary()})

    async def serve(self, bound: socket.socket, ending: asyncio.Event) -> None:
        """Answer until the end."""
        config = uvicorn.Config(
            self,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        server = _Server(config)
        serving = asyncio.create_task(server.serve([bound]))
        await asyncio.wait(
            [serving, asyncio.create_task(ending.wait())], return_when=asyncio.FIRST_COMPLETED
        )
        server.should_exit = True
        await serving


async def run_worker(
    store: Store,
    settings: Settings,
    clock: Callable[[], datetime],
    stop: asyncio.Event,
    *,
    bound: socket.socket | None,
) -> None:
    """Work until ``stop``, and answer meanwhile how that goes; what fails ends both."""
    work = Work(store, settings, clock)
    jobs: list[Coroutine[Any, Any, None]] = [work.run(stop)]
    if bound is not None:
        vitals, telemetry = Vitals(store, settings, clock), Telemetry()
        work.measure(telemetry)
        vitals.show(telemetry)
        needs_token = settings.operator_routes is OperatorRoutes.TOKEN
        check = TokenCheck(store, clock) if needs_token else None
        health = WorkerHealth(vitals, telemetry, check)
        jobs += [vitals.keep_measuring(stop), health.serve(bound, stop)]
    tasks = [asyncio.create_task(job) for job in jobs]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    for failure in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(failure, Exception):
            raise failure


def _document(status: int, document: Any) -> Answer:
    return status, JSON, msgspec.json.encode(document)


def _problem(status: int, detail: str) -> Answer:
    body = msgspec.json.encode({"type": "about:blank", "status": status, "detail": detail})
    return status, "application/problem+json", body
