"""`lifecycle account`: who the customers are, and which tier each has."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli import account_reads as reads
from lifecycle.cli.account_reads import ACCOUNTS
from lifecycle.cli.connections import changing
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.listings import Extent, list_options, show_listing
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import in_words, show_json, show_record
from lifecycle.cli.resource_changes import basis, chosen, report
from lifecycle.client.resource_paths import path

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = ("slug", "name", "tier", "instances")
FIELDS = ("name", "tier")

COUNTED = {
    "instances": "instances",
    "addresses": "addresses",
    "tokens": "tokens",
    "deliveries_stopped": "deliveries stopped",
    "entries_blanked": "log entries blanked",
}
"""What went with an account, in the words of its report."""


RENAMING = (
    "The slug stays, since notices, tokens and the log name it; `lifecycle account put ACCOUNT "
    "--name NAME` changes what people call it."
)


@click.group("account", cls=Group, ways_out={"rename": RENAMING})
def command() -> None:
    """List customers and change their tiers; erase one for good."""


@command.command("list", example="lifecycle account list --limit 20")
@list_options
@server_option
@format_option
def list_(*, extent: Extent, server: str | None, style: str) -> None:
    """List the accounts."""
    listing = reads.accounts(server, extent)
    rows = [[in_words(account[name]) for name in COLUMNS] for account in listing.items]
    show_listing(listing, style, COLUMNS, rows)


@command.command(example="lifecycle account show hooli")
@click.argument("account")
@server_option
@format_option
def show(*, account: str, server: str | None, style: str) -> None:
    """Show what is known of ACCOUNT, with every tier that it had."""
    document = reads.account(server, account)
    if style == "json":
        show_json(document)
    else:
        tiers = [f"{tier['tier']} from {tier['from_day']}" for tier in document["tiers"]]
        show_record(document | {"tiers": tiers})


@command.command(example="lifecycle account add acme --name 'Acme Ltd' --tier pro")
@click.argument("account")
@click.option("--tier", required=True, help="The tier that it has from today.")
@click.option("--name", help="What people call it; its slug if left out.")
@server_option
@format_option
def add(*, account: str, tier: str, name: str | None, server: str | None, style: str) -> None:
    """Add ACCOUNT, which is not there yet."""
    with changing(server) as client:
        body = {"slug": account, "tier": tier} | chosen({"name": name})
        added = client.post(path(*ACCOUNTS), body)
    report(added, f"{account} is added, with {added['tier']}.", style)


@command.command(example="lifecycle account put hooli --name 'Hooli Inc.'")
@click.argument("account")
@click.option("--tier", help="The tier that it has from today.")
@click.option("--name", help="What people call it.")
@server_option
@format_option
def put(
    *, account: str, tier: str | None, name: str | None, server: str | None, style: str
) -> None:
    """Add ACCOUNT, or change what the options name of it."""
    stored = _put(account, {"tier": tier, "name": name}, server)
    report(stored, f"{account} is stored, with {stored['tier']}.", style)


@command.command(example="lifecycle account tier hooli enterprise")
@click.argument("account")
@click.argument("tier")
@server_option
@format_option
def tier(*, account: str, tier: str, server: str | None, style: str) -> None:
    """Give ACCOUNT another TIER from today; effective days announced to it stand."""
    reads.account(server, account)
    stored = _put(account, {"tier": tier}, server)
    report(stored, f"{account} has {stored['tier']} from today.", style)


def _put(account: str, values: Mapping[str, str | None], server: str | None) -> Any:
    facts, revision, _ = basis(lambda: reads.account(server, account), FIELDS)
    body = facts | chosen(values)
    if not body.get("tier"):
        raise click.UsageError(f"There is no account {account!r} yet; give --tier.")
    with changing(server) as client:
        return client.put(path(*ACCOUNTS, account), body, revision=revision)


@command.command(example="lifecycle account erase acme --yes")
@click.argument("account")
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody could answer.")
@server_option
@format_option
def erase(*, account: str, yes: bool, server: str | None, style: str) -> None:
    """Erase ACCOUNT: who it is, what it runs, its addresses and tokens.

    The notices it got stay proven, under a pseudonym that nothing leads back from; the log still
    verifies. This cannot be undone, but from a backup. On a terminal it asks you to type the
    account's slug.
    """
    if not yes:
        _confirm(account)
    with changing(server) as client:
        erased = client.erase(path(*ACCOUNTS, account))
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
