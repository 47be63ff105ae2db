"""`lifecycle deliveries`: what went out, what did not, and sending it again."""

from __future__ import annotations

import click

from lifecycle.cli import reads
from lifecycle.cli.connections import connect
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import show_json, show_table
from lifecycle.cli.refusals import NO
from lifecycle.client.resource_paths import path

STATES = ("waiting", "delivered", "exhausted", "held", "cancelled")
COLUMNS = ("id", "account", "channel", "kind", "state", "tries", "created_at", "delivered_at")


@click.group("deliveries", cls=Group)
def command() -> None:
    """Look at deliveries, watch them go out, and send them again."""


@command.command("list")
@click.option("--status", type=click.Choice(STATES), help="In this state only.")
@click.option("--account", help="To this account only.")
@click.option("--deprecation", metavar="ID", help="Of this deprecation only.")
@server_option
@format_option
def list_(
    *,
    status: str | None,
    account: str | None,
    deprecation: str | None,
    server: str | None,
    style: str,
) -> None:
    """Show deliveries, the newest first, each with what its address answered last."""
    page = reads.deliveries(server, state=status, account=account, deprecation=deprecation)
    if style == "json":
        show_json(page)
        return
    rows = [
        ["-" if delivery[name] is None else str(delivery[name]) for name in COLUMNS]
        + [str(delivery["reason"] or delivery["last_answer"] or "")]
        for delivery in page
    ]
    show_table([name.replace("_", " ") for name in (*COLUMNS, "answer or reason")], rows)


@command.command()
@click.argument("deliveries", nargs=-1, required=True, metavar="ID…")
@server_option
def replay(*, deliveries: tuple[str, ...], server: str | None) -> None:
    """Send deliveries again, under the ids they had."""
    with connect(server) as client:
        for delivery in deliveries:
            client.post(path("v1", "deliveries", delivery, "replay"))
            click.echo(f"Delivery {delivery} is sent again.")


@command.command()
@click.option("--deprecation", metavar="ID", help="Those of this deprecation only.")
@server_option
def watch(*, deprecation: str | None, server: str | None) -> int:
    """Wait until everything due has been tried; a bar shows the progress.

    Exits 1 if something remains that nothing delivers.
    """
    from lifecycle.cli import delivery_progress  # noqa: PLC0415 -- help watches nothing

    with reads.delivery_progress(server, deprecation) as ask:
        return 0 if delivery_progress.watch(ask) else NO
