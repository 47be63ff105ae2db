"""The health and metrics of a worker in a process of its own, on a port of its own."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import msgspec
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST

from lifecycle.scheduler.vitals import Vitals
from lifecycle.scheduler.worker_process import Work
from lifecycle.telemetry import Telemetry

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Coroutine, Generator
    from datetime import datetime

    from lifecycle.database.store import Store
    from lifecycle.server.asgi_types import Receive, Scope, Send
    from lifecycle.settings import Settings

JSON = "application/json"


class _Server(uvicorn.Server):
    """A server that leaves signals to the worker."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Let them pass."""
        yield


class WorkerHealth:
    """Answers /health/live, /health/ready and /metrics, and nothing else."""

    def __init__(self, vitals: Vitals, telemetry: Telemetry) -> None:
        self._vitals = vitals
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        status, kind, body = self._answer(scope)
        headers = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        empty = scope["method"] == "HEAD"
        await send({"type": "http.response.body", "body": b"" if empty else body})

    def _answer(self, scope: Scope) -> tuple[int, str, bytes]:
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
        health = WorkerHealth(vitals, telemetry)
        jobs += [vitals.keep_measuring(stop), health.serve(bound, stop)]
    tasks = [asyncio.create_task(job) for job in jobs]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    for failure in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(failure, Exception):
            raise failure


def _document(status: int, document: Any) -> tuple[int, str, bytes]:
    return status, JSON, msgspec.json.encode(document)


def _problem(status: int, detail: str) -> tuple[int, str, bytes]:
    body = msgspec.json.encode({"type": "about:blank", "status": status, "detail": detail})
    return status, "application/problem+json", body
