"""`lifecycle waiver`: recorded decisions to let a rule be broken."""

from __future__ import annotations

from typing import Any

import click

from lifecycle.cli import reads
from lifecycle.cli.connections import changing
from lifecycle.cli.deprecation_bodies import given
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import show_json, show_table
from lifecycle.client.resource_paths import path

REASONS = ("law", "security", "third_party", "other")
GRANT = """\
lifecycle waiver grant --product clairdash --rule removal-overdue \\
    --subject rest-v1 --person 'J. Doe' --reason law \\
    --explanation 'A court ordered it' --until 2027-01-31"""
COLUMNS = ("id", "product", "deprecation", "rule", "subject", "person", "reason", "until")


@click.group("waiver", cls=Group)
def command() -> None:
    """Record decisions to allow a rule to be broken."""


@command.command(example=GRANT)
@click.option("--product", required=True, help="The product it is for.")
@click.option("--deprecation", metavar="ID", help="The deprecation that may come too early.")
@click.option("--rule", help="Or the gate's rule that may be broken.")
@click.option("--subject", help="The feature or line that the rule is about.")
@click.option("--person", required=True, help="Who decided it.")
@click.option("--reason", required=True, type=click.Choice(REASONS), help="Why.")
@click.option("--explanation", required=True, help="Why, in a sentence.")
@click.option("--until", required=True, metavar="DAY", help="The last day on which it holds.")
@server_option
@format_option
def grant(*, server: str | None, style: str, **values: Any) -> None:
    """Record a waiver; it is shown in the notice, the reach and the log."""
    with changing(server) as client:
        waiver = client.post(path("v1", "waivers"), given(values))
    if style == "json":
        show_json(waiver)
    else:
        click.echo(
            f"{waiver['id']}  {waiver['product']}: {waiver['person']}, until {waiver['until']}"
        )


@command.command("list", example="lifecycle waiver list --product clairdash")
@click.option("--product", help="Of this product only.")
@server_option
@format_option
def list_(*, product: str | None, server: str | None, style: str) -> None:
    """Show every waiver."""
    page = reads.waivers(server, product)
    if style == "json":
        show_json(page)
        return
    rows = [
        ["-" if waiver[name] is None else str(waiver[name]) for name in COLUMNS]
        + ["revoked" if waiver["revoked_at"] else ""]
        for waiver in page
    ]
    show_table([*COLUMNS, ""], rows)


@command.command(example="lifecycle waiver revoke 3f9a2c")
@click.argument("waiver")
@server_option
def revoke(*, waiver: str, server: str | None) -> None:
    """Revoke WAIVER; what was announced under it stands."""
    with changing(server) as client:
        client.delete(path("v1", "waivers", waiver))
    click.echo(f"Waiver {waiver} is revoked.")
