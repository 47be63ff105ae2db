"""`lifecycle serve`: the service, in one process."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click
import msgspec

from lifecycle import settings
from lifecycle.calendar.days import parse_day
from lifecycle.cli.clock import by_hand, now
from lifecycle.cli.example_commands import Command
from lifecycle.cli.garbage_collection import collect_as_usual
from lifecycle.cli.lazy_modules import later

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

    from lifecycle import app, asgi, telemetry
    from lifecycle.accounts import claim_rules
    from lifecycle.cli import demo_setup, startup
    from lifecycle.scheduler import channel_setup
    from lifecycle.settings import Settings
else:
    app, asgi, telemetry = map(later, ("lifecycle.app", "lifecycle.asgi", "lifecycle.telemetry"))
    claim_rules = later("lifecycle.accounts.claim_rules")
    demo_setup, startup = later("lifecycle.cli.demo_setup"), later("lifecycle.cli.startup")
    channel_setup = later("lifecycle.scheduler.channel_setup")

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- shown, not bound


@click.command("serve", cls=Command, example="lifecycle serve --demo")
@click.option("--demo", is_flag=True, help="With a demo vendor, in a separate store.")
@click.option("--host", help="The address to listen on [LIFECYCLE_HOST, 127.0.0.1].")
@click.option("--port", type=click.IntRange(0, 65535), help="The port [LIFECYCLE_PORT, 8000].")
@click.option("--no-worker", is_flag=True, help="Leave deliveries to other processes.")
@click.option("--at", metavar="DAY", help="With --demo: show the world on another day.")
def command(
    *, demo: bool, host: str | None, port: int | None, no_worker: bool, at: str | None
) -> int:
    """Run the service; a first start creates and migrates the store and prints an admin token.

    SIGTERM and Ctrl-C let the requests under way finish, and exit with 0.
    """
    options: dict[str, Any] = {
        "host": host,
        "port": port,
        "worker": False if no_worker else None,
        "at": parse_day(at, field="--at") if at else None,
    }
    chosen = settings.load(os.environ, **options)
    if chosen.at is not None and not demo:
        raise click.UsageError("Only a demo shows another day: --at and LIFECYCLE_AT need --demo.")
    if demo:
        if chosen.at is not None:
            demo_setup.check_day(chosen.at, now().date())
        chosen = demo_setup.confined(chosen)
    collect_as_usual()
    if sys.stderr.isatty():  # what follows imports for seconds, on a busy machine for many
        click.echo("Starting …", err=True)
    code: int = asgi.run(lambda: _serve(chosen, demo=demo))
    return code


async def _serve(chosen: Settings, *, demo: bool) -> int:
    """Take the port first: a start that cannot serve changes nothing."""
    telemetry.configure_logs(chosen.log_level, chosen.log_format)
    channel_setup.check_channels(chosen)
    claim_rules.people_rules(chosen)
    bound = asgi.listen(chosen.host, chosen.port)
    try:
        started = await startup.prepare(chosen, demo=demo, by=by_hand())
        if started.ran:
            count = len(started.ran)
            click.echo(f"Store upgraded ({count} migration{'s' * (count != 1)}).")
        if started.token:
            click.echo(f"Admin token, shown only this once:\n\n  {started.token}\n")
        base_url = chosen.base_url or _address(chosen, bound)
        application = await app.build(msgspec.structs.replace(chosen, base_url=base_url))
        code = await asgi.serve(
            chosen,
            application,
            bound=bound,
            ready=lambda: _greet(
                _address(chosen, bound),
                chosen,
                demo=demo,
                people=demo_setup.sign_in_paths(started.people, application.app_state.links),
            ),
        )
        click.echo("Stopped." if code == 0 else "Stopped because of an internal failure.")
        return code
    finally:
        bound.close()


def _address(chosen: Settings, bound: socket.socket) -> str:
    """Return the address people reach it at from here, whatever it listens on."""
    host = ANYWHERE.get(chosen.host, chosen.host)
    port = bound.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _greet(address: str, chosen: Settings, *, demo: bool, people: Mapping[str, str]) -> None:
    """Say where it is, for people first, and with a demo what to try.

    A demo is looked at where it is published: there the cookies of its sessions are sent.
    """
    published = chosen.base_url
    if demo:
        demo_setup.open_page(published or address)
        demo_setup.introduce(published or address, people)
    pages = f"the pages begin at {address}/products"
    click.echo(f"Listening on {address}; {pages}, and the API is described at {address}/schema.")
    if published:
        click.echo(f"Links begin with {published}, as LIFECYCLE_BASE_URL says.")
    if demo:
        demo_setup.suggest(published or address, needs_token=not chosen.public_reads)
    click.echo("Ctrl-C stops it.")
