"""`lifecycle instance`: what accounts run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli import account_reads as reads
from lifecycle.cli.account_reads import ACCOUNTS
from lifecycle.cli.connections import changing
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.listings import Extent, list_options, show_listing
from lifecycle.cli.options import format_option, server_option, yes_option
from lifecycle.cli.output import in_words, show_json, show_record
from lifecycle.cli.resource_changes import basis, chosen, confirm, dropped, report, report_gone
from lifecycle.client.resource_paths import path
from lifecycle.documents.word_lists import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = ("name", "product", "version", "environment", "tier", "features", "last seen")
FIELDS = ("product", "version", "environment", "tier", "features", "last_seen")


@click.group("instance", cls=Group)
def command() -> None:
    """List, report and forget what accounts run."""


@command.command("list", example="lifecycle instance list hooli")
@click.argument("account")
@list_options
@server_option
@format_option
def list_(*, account: str, extent: Extent, server: str | None, style: str) -> None:
    """List what ACCOUNT runs; `lifecycle check --account` says whether that is supported."""
    listing = reads.instances(server, account, extent)
    show_listing(listing, style, COLUMNS, [_row(instance) for instance in listing.items])


@command.command(example="lifecycle instance show hooli production")
@click.argument("account")
@click.argument("instance")
@server_option
@format_option
def show(*, account: str, instance: str, server: str | None, style: str) -> None:
    """Show what is known of INSTANCE."""
    document = reads.instance(server, account, instance)
    if style == "json":
        show_json(document)
    else:
        show_record(document)


@command.command(
    example="lifecycle instance put hooli staging --product clairdash --version 3.39.1"
)
@click.argument("account")
@click.argument("instance")
@click.option("--product", help="What it runs; needed where it is new.")
@click.option("--version", help="In which version; needed where it is new.")
@click.option("--environment", help="What it is for, such as production.")
@click.option("--tier", help="The tier of its licence, if it has one.")
@click.option(
    "--feature",
    "features",
    multiple=True,
    metavar="KEY",
    help="A feature in use; may be repeated. Those given replace those known.",
)
@click.option("--seen", "last_seen", metavar="TIME", help="When it was last seen (RFC 3339).")
@server_option
@format_option
def put(*, account: str, instance: str, server: str | None, style: str, **values: Any) -> None:
    """Report what INSTANCE of ACCOUNT runs; what no option names stays as it is."""
    facts, revision, before = basis(lambda: reads.instance(server, account, instance), FIELDS)
    body = facts | chosen(values)
    for name in ("product", "version"):
        if name not in body:
            raise click.UsageError(f"{account} has no instance {instance!r} yet; give --{name}.")
    with changing(server) as client:
        stored = client.put(
            path(*ACCOUNTS, account, "instances", instance), body, revision=revision
        )
    losses = dropped(before, stored, {"features": "features"})
    report(stored, f"{_done(account, stored)}{losses}", style)


@command.command(example="lifecycle instance remove hooli staging --yes")
@click.argument("account")
@click.argument("instance")
@yes_option
@server_option
@format_option
def remove(*, account: str, instance: str, yes: bool, server: str | None, style: str) -> None:
    """Forget INSTANCE, which is gone."""
    confirm(f"Forget {instance} of {account}?", yes=yes)
    with changing(server) as client:
        client.delete(address := path(*ACCOUNTS, account, "instances", instance))
    report_gone(address, f"{instance} of {account} is forgotten.", style)


def _done(account: str, stored: Mapping[str, Any]) -> str:
    """Say what is stored, and which features of it may be mistyped."""
    sentence = f"{stored['name']} of {account} runs {stored['product']} {stored['version']}."
    if not stored["unknown_features"]:
        return sentence
    keys = listed([repr(key) for key in stored["unknown_features"]], "or")
    return (
        f"{sentence} {stored['product']} has no feature {keys}: correct the key, or have the "
        "vendor register it."
    )


def _row(instance: Mapping[str, Any]) -> list[str]:
    last_seen = instance["last_seen"]
    cells = [in_words(instance[name]) for name in COLUMNS[:-1]]
    return [*cells, str(last_seen)[:10] if last_seen else "-"]
