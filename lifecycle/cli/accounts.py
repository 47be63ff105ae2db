"""`lifecycle account`: what is done to a customer as a whole."""

from __future__ import annotations

import sys

import click

from lifecycle.cli.connections import connect
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import show_json
from lifecycle.client.resource_paths import path

COUNTED = {
    "instances": "instances",
    "addresses": "addresses",
    "tokens": "tokens",
    "deliveries_stopped": "deliveries stopped",
    "entries_blanked": "log entries blanked",
}
"""What went with an account, in the words of its report."""


@click.group("account", cls=Group)
def command() -> None:
    """Erase a customer for good."""


@command.command()
@click.argument("account")
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody could answer.")
@server_option
@format_option
def erase(*, account: str, yes: bool, server: str | None, style: str) -> None:
    """Erase ACCOUNT: who it is, what it runs, its addresses and tokens.

    The notices it got stay proven, under a pseudonym that nothing leads back from; the log still
    verifies. This cannot be undone, but from a backup. On a terminal it asks you to type the
    account's slug.

    Example: lifecycle account erase acme --yes
    """
    if not yes:
        _confirm(account)
    with connect(server) as client:
        erased = client.erase(path("v1", "accounts", account))
    if style == "json":
        show_json(erased)
        return
    click.echo(f"{account} is erased.")
    for name, words in COUNTED.items():
        click.echo(f"  {words}: {erased[name]}")
    click.echo(f"Evidence counts it as {erased['account']}. Older backups still hold it.")


def _confirm(account: str) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("Erasing cannot be undone; confirm it with --yes.")
    typed = click.prompt(f"Erasing cannot be undone. Type {account} to erase it", err=True)
    if typed != account:
        raise click.UsageError(f"{typed!r} is not {account!r}; nothing was erased.")
