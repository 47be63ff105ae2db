"""`lifecycle waiver`: recorded decisions to let a rule be broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli import reads, short_ids
from lifecycle.cli.connections import changing
from lifecycle.cli.deprecation_bodies import given
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.listings import Extent, list_options, show_listing
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import in_words, show_json
from lifecycle.cli.resource_changes import report_gone
from lifecycle.client.resource_paths import path

if TYPE_CHECKING:
    from collections.abc import Mapping

REASONS = ("law", "security", "third_party", "other")
GRANT = """\
lifecycle waiver grant --product clairdash --rule removal-overdue \\
    --subject rest-v1 --person 'J. Doe' --reason law \\
    --explanation 'A court ordered it' --until 2027-01-31"""
COLUMNS = ("id", "product", "waives", "person", "reason", "until", "state")


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
    if values["deprecation"]:
        values["deprecation"] = short_ids.deprecation(server, values["deprecation"])
    with changing(server) as client:
        waiver = client.post(path("v1", "waivers"), given(values))
    if style == "json":
        show_json(waiver)
    else:
        facts = f"{_waived(waiver)}, {waiver['person']}, until {waiver['until']}"
        click.echo(f"{waiver['id']}  {waiver['product']}: {facts}")


@command.command("list", example="lifecycle waiver list --product clairdash")
@click.option("--product", help="Of this product only.")
@list_options
@server_option
@format_option
def list_(*, product: str | None, extent: Extent, server: str | None, style: str) -> None:
    """Show every waiver."""
    listing = reads.waivers(server, product, extent)
    ids = short_ids.shorten([waiver["id"] for waiver in listing.items])
    rows = [
        [uid, waiver["product"], _waived(waiver), *_decision(waiver), _state(waiver)]
        for uid, waiver in zip(ids, listing.items, strict=True)
    ]
    show_listing(listing, style, COLUMNS, rows)


def _waived(waiver: Mapping[str, Any]) -> str:
    """Say what a waiver lets be broken.

    >>> _waived({"deprecation": "3f9a2c4e-64b7", "rule": None, "subject": None})
    'the notice period of 3f9a2c4e'
    >>> _waived({"deprecation": None, "rule": "removal-overdue", "subject": "rest-v1"})
    'removal-overdue: rest-v1'
    """
    if waiver["deprecation"]:
        return f"the notice period of {waiver['deprecation'][: short_ids.SHOWN]}"
    return ": ".join(filter(None, (waiver["rule"], waiver["subject"])))


def _decision(waiver: Mapping[str, Any]) -> list[str]:
    return [in_words(waiver[name]).replace("_", " ") for name in ("person", "reason", "until")]


def _state(waiver: Mapping[str, Any]) -> str:
    return "revoked" if waiver["revoked_at"] else "granted"


@command.command(example="lifecycle waiver revoke 3f9a2c")
@click.argument("waiver", metavar="ID")
@server_option
@format_option
def revoke(*, waiver: str, server: str | None, style: str) -> None:
    """Revoke a waiver; what was announced under it stands."""
    uid = short_ids.waiver(server, waiver)
    with changing(server) as client:
        client.delete(address := path("v1", "waivers", uid))
    report_gone(address, f"Waiver {uid} is revoked.", style, outcome="revoked")
