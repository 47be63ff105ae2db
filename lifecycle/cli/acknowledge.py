"""`lifecycle acknowledge`: that a person has read a notice."""

from __future__ import annotations

import click

from lifecycle.cli import short_ids
from lifecycle.cli.account_reads import ACCOUNTS
from lifecycle.cli.connections import changing
from lifecycle.cli.example_commands import Command
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.resource_changes import report
from lifecycle.client.resource_paths import path


@click.command("acknowledge", cls=Command, example="lifecycle acknowledge hooli 3f9a2c")
@click.argument("account")
@click.argument("notice")
@server_option
@format_option
def command(*, account: str, notice: str, server: str | None, style: str) -> None:
    """Record that a person of ACCOUNT has read a notice; the first time counts."""
    uid = short_ids.notice(server, account, notice)
    with changing(server) as client:
        shown = client.post(path(*ACCOUNTS, account, "notices", uid, "acknowledge"))
    report(shown, f"Acknowledged at {shown['acknowledged_at']}.", style)
