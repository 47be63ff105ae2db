"""`lifecycle worker`: what happens by itself, and the deliveries, in a process of their own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import click

from lifecycle import settings
from lifecycle.cli.example_commands import Command
from lifecycle.cli.garbage_collection import collect_as_usual
from lifecycle.cli.lazy_modules import later

if TYPE_CHECKING:
    import socket

    from lifecycle import app, asgi, keys, telemetry
    from lifecycle.cli import local_store
    from lifecycle.database import schema_upgrade
    from lifecycle.scheduler import channel_setup
    from lifecycle.server import worker_health
    from lifecycle.settings import Settings
else:
    app, asgi = later("lifecycle.app"), later("lifecycle.asgi")
    keys, telemetry = later("lifecycle.keys"), later("lifecycle.telemetry")
    local_store = later("lifecycle.cli.local_store")
    schema_upgrade = later("lifecycle.database.schema_upgrade")
    channel_setup = later("lifecycle.scheduler.channel_setup")
    worker_health = later("lifecycle.server.worker_health")

STOPPED_AT_ONCE = 130


@click.command("worker", cls=Command, example="lifecycle worker")
def command() -> int:
    """Deliver notices and carry out what falls due, in a separate process.

    On PostgreSQL any number of them share the work, beside `serve --no-worker`; a SQLite store is
    best left to the one inside `serve`. SIGTERM and Ctrl-C let what is under way finish, and exit
    with 0; the second one does not wait. With LIFECYCLE_WORKER_PORT it answers /health/live,
    /health/ready and /metrics there.
    """
    chosen = settings.load(os.environ)
    collect_as_usual()
    if sys.stderr.isatty():
        click.echo("Starting …", err=True)
    code: int = asgi.run(lambda: _work(chosen))
    return code


async def _work(chosen: Settings) -> int:
    telemetry.configure_logs(chosen.log_level, chosen.log_format)
    channel_setup.check_channels(chosen)
    bound = _take_port(chosen)
    await schema_upgrade.await_current(chosen.database_url)
    stop = _stopping()
    async with local_store.opened(chosen.database_url) as store:
        await keys.check_key(chosen, store)
        click.echo("The worker looks for what is due. Ctrl-C stops it.")
        if bound:
            click.echo(f"Its health and metrics are on port {bound.getsockname()[1]}.")
        await worker_health.run_worker(store, chosen, app.clock_of(chosen), stop, bound=bound)
    click.echo("Stopped.")
    return 0


def _take_port(chosen: Settings) -> socket.socket | None:
    """Take the port of the worker's health and metrics, if one is set."""
    if not chosen.worker_port or chosen.operator_routes is settings.OperatorRoutes.OFF:
        return None
    return asgi.listen(chosen.host, chosen.worker_port)


def _stopping() -> asyncio.Event:
    """Return the event that signals set; asked a second time, the process ends at once."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def ask(*_: object) -> None:
        if stop.is_set():
            os._exit(STOPPED_AT_ONCE)
        loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    return stop
