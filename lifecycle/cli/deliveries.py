"""`lifecycle deliveries`: what went out, what did not, and sending it again."""

from __future__ import annotations

from typing import Any

import click

from lifecycle.cli import reads, short_ids
from lifecycle.cli.connections import changing
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.listings import Extent, list_options, show_listing
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import show_json
from lifecycle.cli.quietness import confirm_done
from lifecycle.cli.refusals import NO
from lifecycle.client.resource_paths import path

WAITING = "waiting"
STATES = (WAITING, "delivered", "exhausted", "held", "cancelled")
COLUMNS = ("id", "account", "channel", "kind", "state", "tries", "created_at", "delivered_at")


@click.group("deliveries", cls=Group)
def command() -> None:
    """Look at deliveries, watch them go out, and send them again."""


@command.command("list", example="lifecycle deliveries list --status exhausted --limit 20")
@click.option("--status", type=click.Choice(STATES), help="In this state only.")
@click.option("--account", help="To this account only.")
@click.option("--deprecation", metavar="ID", help="Of this deprecation only.")
@list_options
@server_option
@format_option
def list_(
    *,
    status: str | None,
    account: str | None,
    deprecation: str | None,
    extent: Extent,
    server: str | None,
    style: str,
) -> None:
    """Show deliveries, the newest first, each with what its address answered last."""
    about = deprecation and short_ids.deprecation(server, deprecation)
    listing = reads.deliveries(
        server, state=status, account=account, deprecation=about, extent=extent
    )
    rows = [
        [_cell(name, delivery[name]) for name in COLUMNS]
        + [str(delivery["reason"] or delivery["last_answer"] or "")]
        for delivery in listing.items
    ]
    columns = [name.replace("_", " ") for name in (*COLUMNS, "answer or reason")]
    show_listing(listing, style, columns, rows)


def _cell(name: str, value: Any) -> str:
    """Write a cell; of a moment, its day and time to the minute in UTC.

    >>> _cell("created_at", "2026-11-30T13:02:20.123Z"), _cell("tries", 2), _cell("tries", None)
    ('2026-11-30 13:02', '2', '-')
    """
    if value is None:
        return "-"
    return str(value)[:16].replace("T", " ") if name.endswith("_at") else str(value)


@command.command(example="lifecycle deliveries replay 17")
@click.argument("deliveries", nargs=-1, required=True, metavar="ID…")
@server_option
@format_option
def replay(*, deliveries: tuple[str, ...], server: str | None, style: str) -> None:
    """Send deliveries again, under the ids they had."""
    replayed = []
    with changing(server) as client:
        for delivery in deliveries:
            replayed.append(client.post(path("v1", "deliveries", delivery, "replay")))
            if style == "text":
                confirm_done(f"Delivery {delivery} is sent again.")
    if style == "json":
        show_json(replayed)


@command.command(example="lifecycle deliveries watch")
@click.option("--deprecation", metavar="ID", help="Those of this deprecation only.")
@server_option
@format_option
def watch(*, deprecation: str | None, server: str | None, style: str) -> int:
    """Wait until everything due has been tried; a bar shows the progress.

    Exits 1 if something remains that nothing delivers.
    """
    from lifecycle.cli import delivery_progress  # noqa: PLC0415 -- help watches nothing

    about = deprecation and short_ids.deprecation(server, deprecation)
    with reads.delivery_progress(server, about) as ask:
        if style == "text":
            return 0 if delivery_progress.watch(ask) else NO
        progress = delivery_progress.await_tries(ask)
    show_json(progress)
    return 0 if delivery_progress.done(progress) else NO
