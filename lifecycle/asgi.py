"""What a server runs: ``lifecycle.asgi:app`` under any of them, ``serve`` under our own choice.

The server is uvicorn with uvloop and httptools: one process with no children, it drains, refuses
a port in use, and 500 idle connections cost it nothing. Granian's embedded server is faster from
some sixty connections on (1.2 times) and slower below; past its drain deadline it neither runs
the application's shutdown nor exits cleanly.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import os
import signal
import socket
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn

from lifecycle import settings as configuration
from lifecycle.app import build
from lifecycle.database import schema_upgrade
from lifecycle.errors import LifecycleError
from lifecycle.keys import check_key
from lifecycle.server.http_protocol import BoundedProtocol
from lifecycle.telemetry import configure_logs

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import FrameType

    from lifecycle.server.asgi_types import Application, Receive, Scope, Send
    from lifecycle.settings import Settings

BACKLOG = 2048
ANY_ADDRESS = "::"
KEEP_ALIVE_SECONDS = 75
"""Longer than the sixty seconds after which proxies close idle connections themselves."""
COLLECTIONS = (50_000, 50, 100)
_IN_USE = frozenset({errno.EADDRINUSE})

log = structlog.get_logger(__name__)


class PortUnavailable(LifecycleError):  # noqa: N818 -- named as all refusals are
    """The service cannot listen on this address."""


class _FromEnvironment:
    """The application, built from the environment when the server starts it."""

    def __init__(self) -> None:
        self._application: Application | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._application is None:
            try:
                self._application = await self._build()
            except LifecycleError as error:
                if scope["type"] != "lifespan":
                    raise
                await receive()
                await send({"type": "lifespan.startup.failed", "message": error.detail})
                return
        await self._application(scope, receive, send)

    async def _build(self) -> Application:
        """Build it as `serve` does; a store that cannot be served is refused before it starts."""
        settings = configuration.load(os.environ)
        configure_logs(settings.log_level, settings.log_format)
        await schema_upgrade.await_current(settings.database_url)
        built = await build(settings)
        try:
            await check_key(settings, built.app_state.store)
        except BaseException:
            await built.app_state.store.close()
            raise
        built.on_death(lambda: signal.raise_signal(signal.SIGTERM))
        return built


app = _FromEnvironment()


class Server(uvicorn.Server):
    """uvicorn's server, which ends with an exit code and tells when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Drain on SIGTERM and SIGINT; the second one does not wait. Not raised again afterwards.

        uvicorn raises them again, so that the process dies of the signal instead of exiting with 0.
        """
        handled = (signal.SIGTERM, signal.SIGINT)
        before = {sig: signal.signal(sig, self.handle_exit) for sig in handled}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Ask to drain; asked again, to stop at once."""
        self.force_exit = self.should_exit
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """Bind the port for this process alone; one in use is refused, never shared."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if host == ANY_ADDRESS:  # of IPv4 too, whatever this machine's default is
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        bound.close()
        raise PortUnavailable(_refusal(host, port, error)) from error
    bound.setblocking(False)
    return bound


def _refusal(host: str, port: int, error: Exception) -> str:
    if getattr(error, "errno", None) in _IN_USE:
        return (
            f"Port {port} on {host} is in use by another program; stop it, or choose another "
            "port with --port or LIFECYCLE_PORT."
        )
    return (
        f"Cannot listen on {host}, port {port}: {getattr(error, 'strerror', None) or error}. "
        "Choose another with --host and --port."
    )


async def serve(
    settings: Settings,
    application: Application,
    *,
    bound: socket.socket,
    ready: Callable[[], None] = lambda: None,
) -> int:
    """Serve until a signal comes or the application cannot go on; give the exit code.

    Requests under way get ``drain_seconds`` to finish. The code is 0 after a drain, 1 when the
    application did not start or something inside it died.
    """
    config = uvicorn.Config(
        application,
        lifespan="on",
        http=BoundedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=max(1, round(settings.drain_seconds)),
    )
    server = Server(config, ready)
    with _watching(application, server):
        try:
            await server.serve([bound])
        except SystemExit:
            return 1
    return 1 if _died(application) else 0


@contextlib.contextmanager
def _watching(application: Any, server: Server) -> Generator[None, None, None]:
    """Stop the server when something inside the application dies."""
    watch: Callable[[Callable[[], None]], None] | None = getattr(application, "on_death", None)
    if watch is not None:
        watch(lambda: setattr(server, "should_exit", True))
    yield


def _died(application: Any) -> bool:
    return bool(getattr(application, "dead", False))


def run(main: Callable[[], Any]) -> Any:
    """Run a coroutine function on the fastest event loop there is.

    A full garbage collection walks every release in memory, and every answer waits for it; what
    answers leave behind needs none. So full collections come far apart.
    """
    gc.set_threshold(*COLLECTIONS)
    factory = uvicorn.Config(app, log_config=None).get_loop_factory()
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main())
