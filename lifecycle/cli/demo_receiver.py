"""`lifecycle demo-receiver`: where the demo's webhooks go, and are verified."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time

import click

from lifecycle.cli.example_commands import Command
from lifecycle.demo.receiver_address import HOST, PORT, SECRET
from lifecycle.errors import LifecycleError


class PortUnavailable(LifecycleError):  # noqa: N818 -- named as all refusals are
    """The receiver cannot listen there."""


@click.command("demo-receiver", cls=Command, example="lifecycle demo-receiver --port 9000")
@click.option("--host", default=HOST, show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="The port; the demo sends to the default.",
)
@click.option(
    "--secret",
    default=SECRET,
    metavar="whsec_…",
    help="What messages are signed with; the demo's own if left out.",
)
@click.option(
    "--fail",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Answer the first N requests with 500, to see them retried.",
)
def command(*, host: str, port: int, secret: str, fail: int) -> int:
    """Receive webhooks, verify their signatures, and print a line for each, until Ctrl-C.

    It listens for `lifecycle serve --demo`, and for any webhook of yours whose secret it is given.
    """
    asyncio.run(_receive(host, port, secret, fail))
    return 0


async def _receive(host: str, port: int, secret: str, fail: int) -> None:
    from aiohttp import web  # noqa: PLC0415 -- the command line's help need not wait for it

    from lifecycle.demo.receiver import Receiver  # noqa: PLC0415 -- as above

    try:
        receiver = Receiver(secret, clock=time.time, tell=click.echo, fail=fail)
    except ValueError as error:
        raise click.BadParameter(
            f"is not a valid secret: {error}.", param_hint="--secret"
        ) from error
    runner = web.AppRunner(receiver.application(), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await _start(site, host, port)
        where = runner.addresses[0]
        click.echo(f"Listening on http://{where[0]}:{where[1]}/. Ctrl-C stops it.")
        await _stopped()
    finally:
        await runner.cleanup()
    click.echo("Stopped.")


async def _start(site: object, host: str, port: int) -> None:
    try:
        await site.start()  # type: ignore[attr-defined]
    except OSError as error:
        reason = error.strerror or error
        raise PortUnavailable(f"Cannot listen on {host}, port {port}: {reason}.") from error


async def _stopped() -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows; there Ctrl-C raises
            loop.add_signal_handler(number, stop.set)
    await stop.wait()
