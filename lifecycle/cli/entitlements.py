"""`lifecycle entitlements`: what comes with a tier."""

from __future__ import annotations

import click

from lifecycle.cli import catalogue_reads as reads
from lifecycle.cli.example_commands import Command
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import show_json, show_record

HIDDEN = frozenset({"policy"})


@click.command(
    "entitlements", cls=Command, example="lifecycle entitlements clairdash --tier enterprise"
)
@click.argument("product")
@click.option("--tier", required=True, help="The tier.")
@click.option(
    "--opened-at", metavar="TIME", help="When a request was opened (RFC 3339); now if left out."
)
@server_option
@format_option
def command(
    *, product: str, tier: str, opened_at: str | None, server: str | None, style: str
) -> None:
    """Show what comes with a tier, and by when a request is due a response."""
    answer = reads.entitlements(server, product, tier=tier, opened_at=opened_at)
    if style == "json":
        show_json(answer)
    else:
        show_record({name: value for name, value in answer.items() if name not in HIDDEN})
