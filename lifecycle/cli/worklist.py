"""`lifecycle worklist`: what needs a person."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli import account_reads as reads
from lifecycle.cli.example_commands import Command
from lifecycle.cli.listings import Extent, list_options, mention_rest
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Mapping

ABOUT = ("product", "version", "account", "delivery")


@click.command("worklist", cls=Command, example="lifecycle worklist --limit 10")
@list_options
@server_option
@format_option
def command(*, extent: Extent, server: str | None, style: str) -> None:
    """List what needs attention, the most urgent kind first."""
    listing = reads.worklist(server, extent)
    if style == "text" and not listing.items:
        click.echo("Nothing needs attention.")
        return
    if style == "json":
        show_json(listing.items)
    for kind, works in groupby(listing.items, key=lambda work: work["kind"]):
        if style == "text":
            click.echo(click.style(kind.replace("_", " ").capitalize(), bold=True))
            show_table(["since", "about", "what"], [_row(work) for work in works])
            click.echo()
    mention_rest(listing)


def _row(work: Mapping[str, Any]) -> list[str]:
    about = [str(work[name]) for name in ABOUT if work[name] is not None]
    return [str(work["since"]), " ".join(about) or "-", str(work["message"])]
