"""`lifecycle worker`: what happens by itself, and the deliveries, in a process of their own."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import click

from lifecycle import asgi, settings
from lifecycle.app import clock_of
from lifecycle.cli.local_store import opened
from lifecycle.database import schema_upgrade
from lifecycle.keys import check_key
from lifecycle.scheduler.channel_setup import check_channels
from lifecycle.scheduler.worker_process import Work
from lifecycle.telemetry import configure_logs

if TYPE_CHECKING:
    from lifecycle.settings import Settings

STOPPED_AT_ONCE = 130


@click.command("worker")
def command() -> int:
    """Deliver notices and carry out what falls due, in a separate process.

    On PostgreSQL any number of them share the work, beside `serve --no-worker`; a SQLite store is
    best left to the one inside `serve`. SIGTERM and Ctrl-C let what is under way finish, and exit
    with 0; the second one does not wait.
    """
    chosen = settings.load(os.environ)
    code: int = asgi.run(lambda: _work(chosen))
    return code


async def _work(chosen: Settings) -> int:
    configure_logs(chosen.log_level, chosen.log_format)
    check_channels(chosen)
    await schema_upgrade.await_current(chosen.database_url)
    stop = _stopping()
    async with opened(chosen.database_url) as store:
        await check_key(chosen, store)
        click.echo("The worker looks for what is due. Ctrl-C stops it.")
        await Work(store, chosen, clock_of(chosen)).run(stop)
    click.echo("Stopped.")
    return 0


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
