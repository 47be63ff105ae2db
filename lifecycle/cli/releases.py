"""`lifecycle release`: versions that are out, planned, withdrawn, or entered by mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli import catalogue_reads as reads
from lifecycle.cli.catalogue_reads import PRODUCTS
from lifecycle.cli.connections import changing
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.listings import Extent, list_options, show_listing
from lifecycle.cli.options import format_option, server_option, yes_option
from lifecycle.cli.output import CONTROLS, in_words, show_json, show_record
from lifecycle.cli.quietness import is_quiet
from lifecycle.cli.resource_changes import chosen, confirm, read_if_known, report
from lifecycle.cli.support_differences import differences
from lifecycle.client.resource_paths import path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lifecycle.client import Client

STAGES = ("experimental", "alpha", "beta", "preview", "ga", "deprecated", "removed")
COLUMNS = ("version", "line", "state", "day", "stage")
ON = click.option("--on", metavar="DAY", help="The day; today if left out.")
STAGE = click.option("--stage", type=click.Choice(STAGES), help="The stage it comes out in.")
LINE = click.option("--line", help="Its line, where lines are declared.")
NOTES = click.option("--notes-url", metavar="URL", help="Where its release notes are.")
REASON = click.option("--reason", help="Why; the log keeps it.")


@click.group("release", cls=Group)
def command() -> None:
    """Register, plan, publish, withdraw and void releases."""


@command.command("list", example="lifecycle release list clairdash --newest-first --limit 5")
@click.argument("product")
@click.option("--newest-first", is_flag=True, help="The highest version first.")
@list_options
@server_option
@format_option
def list_(
    *, product: str, newest_first: bool, extent: Extent, server: str | None, style: str
) -> None:
    """List the releases of PRODUCT in the order of their versions, plans included."""
    listing = reads.releases(server, product, newest_first=newest_first, extent=extent)
    show_listing(listing, style, COLUMNS, [_row(release) for release in listing.items])


@command.command(example="lifecycle release show clairdash 3.39.1")
@click.argument("product")
@click.argument("version")
@server_option
@format_option
def show(*, product: str, version: str, server: str | None, style: str) -> None:
    """Show what is known of a release; `lifecycle status` says how it is supported."""
    document = reads.release(server, product, version)
    if style == "json":
        show_json(document)
    else:
        show_record(document)


@command.command(example="lifecycle release add clairdash 3.39.2 --on 2026-11-30")
@click.argument("product")
@click.argument("version")
@ON
@STAGE
@LINE
@NOTES
@click.option("--gate", is_flag=True, help="Only if the gate lets it out.")
@server_option
@format_option
def add(
    *,
    product: str,
    version: str,
    on: str | None,
    gate: bool,
    server: str | None,
    style: str,
    **values: Any,
) -> None:
    """Register a version that is out; a planned one is thereby published.

    Says which ends of support it causes, for how many accounts.
    """
    day = on or _today(server, product)
    body = {"version": version, "released_on": day} | chosen(values)
    with changing(server) as client:
        stored = client.post(_releases(product), body, gate="enforce" if gate else None)
    _report_registered(product, stored, style)


@command.command(example="lifecycle release plan clairdash 3.41.0 --on 2027-01-15")
@click.argument("product")
@click.argument("version")
@click.option("--on", metavar="DAY", required=True, help="The day it is planned for (YYYY-MM-DD).")
@STAGE
@LINE
@NOTES
@server_option
@format_option
def plan(
    *, product: str, version: str, on: str, server: str | None, style: str, **values: Any
) -> None:
    """Plan a release for a day, or move its plan there; forecasts and notices count on it.

    Says which lines it ends for whom, as do `withdraw`, `restore` and `void` what they change.
    """
    body = {"planned_on": on} | chosen(values)
    before = _support_before(server, product, style)
    planned = read_if_known(lambda: reads.release(server, product, version))
    with changing(server) as client:
        stored = (
            client.post(_releases(product), {"version": version} | body)
            if planned is None
            else client.patch(_release(product, version), body, revision=planned["revision"])
        )
    report(stored, f"{product} {version} is planned for {on}.", style)
    _report_differences(server, product, before)


@command.command(example="lifecycle release publish clairdash 3.40.0")
@click.argument("product")
@click.argument("version")
@ON
@click.option("--gate", is_flag=True, help="Only if the gate lets it out.")
@server_option
@format_option
def publish(
    *,
    product: str,
    version: str,
    on: str | None,
    gate: bool,
    server: str | None,
    style: str,
) -> None:
    """Publish a version that is planned; what was planned of it stays.

    Says which ends of support it causes, for how many accounts.
    """
    planned = reads.release(server, product, version)
    body = {"version": planned["version"], "released_on": on or _today(server, product)}
    with changing(server) as client:
        stored = client.post(_releases(product), body, gate="enforce" if gate else None)
    _report_registered(product, stored, style)


@command.command(example="lifecycle release withdraw clairdash 3.39.1 --reason 'It loses data'")
@click.argument("product")
@click.argument("version")
@click.option("--on", metavar="DAY", help="The first day withdrawn; today if left out.")
@REASON
@server_option
@format_option
def withdraw(
    *,
    product: str,
    version: str,
    on: str | None,
    reason: str | None,
    server: str | None,
    style: str,
) -> None:
    """Withdraw a release: it stops counting, and is still answered for those who run it."""
    before = _support_before(server, product, style)
    body = {"withdrawn_on": on or _today(server, product), "restored_on": None}
    with changing(server) as client:
        stored = _change(client, product, version, body, reason)
    report(stored, f"{product} {version} is withdrawn from {stored['withdrawn_on']}.", style)
    _report_differences(server, product, before)


@command.command(example="lifecycle release restore clairdash 3.39.1")
@click.argument("product")
@click.argument("version")
@click.option("--on", metavar="DAY", help="The first day back; today if left out.")
@click.option("--mistake", is_flag=True, help="Take the withdrawal back, as if it had never been.")
@REASON
@server_option
@format_option
def restore(
    *,
    product: str,
    version: str,
    on: str | None,
    mistake: bool,
    reason: str | None,
    server: str | None,
    style: str,
) -> None:
    """Restore a release that was withdrawn: from that day it counts again."""
    if on and mistake:
        raise click.UsageError("Give either --on or --mistake.")
    body = (
        {"withdrawn_on": None, "restored_on": None}
        if mistake
        else {"restored_on": on or _today(server, product)}
    )
    before = _support_before(server, product, style)
    with changing(server) as client:
        stored = _change(client, product, version, body, reason)
    since = (
        "as if it had never been withdrawn" if mistake else f"again from {stored['restored_on']}"
    )
    report(stored, f"{product} {version} counts {since}.", style)
    _report_differences(server, product, before)


@command.command(example="lifecycle release void clairdash 33.0.0 --reason 'A typing error'")
@click.argument("product")
@click.argument("version")
@click.option("--reason", required=True, help="Why it was a mistake; the log keeps it.")
@yes_option
@server_option
@format_option
def void(
    *, product: str, version: str, reason: str, yes: bool, server: str | None, style: str
) -> None:
    """Void a release that was entered by mistake: it never counted. This cannot be undone."""
    confirm(f"Void {product} {version}, as if it had never been released?", yes=yes)
    before = _support_before(server, product, style)
    with changing(server) as client:
        stored = client.patch(_release(product, version), {"voided": reason})
    report(stored, f"{product} {version} is void.", style)
    _report_differences(server, product, before)


def _change(
    client: Client, product: str, version: str, body: Mapping[str, Any], reason: str | None
) -> Any:
    return client.patch(_release(product, version), {**body} | chosen({"reason": reason}))


def _today(server: str | None, product: str) -> str:
    """Return the day that it is for a product, in its policy's zone and by its service's clock."""
    return str(reads.support(server, product)["at"])


def _releases(product: str) -> str:
    return path(*PRODUCTS, product, "releases")


def _release(product: str, version: str) -> str:
    return path(*PRODUCTS, product, "releases", version)


def _report_registered(product: str, stored: Mapping[str, Any], style: str) -> None:
    """Print what was registered, and each end of support that it causes."""
    report(stored, f"{product} {stored['version']} is out on {stored['released_on']}.", style)
    if style == "json" or is_quiet():
        return
    for end in stored["implied_ends"]:
        accounts = f"{end['accounts']} account{'' if end['accounts'] == 1 else 's'}"
        click.echo(
            f"  It ends support of {end['line']} for {end['tier']} ({accounts}) on"
            f" {end['effective_on']}, at {end['days_of_notice']} days' notice.".translate(CONTROLS)
        )


def _support_before(server: str | None, product: str, style: str) -> Any | None:
    """Return what is supported before a change, where people will read what it does to that."""
    return None if style == "json" or is_quiet() else reads.support(server, product)


def _report_differences(server: str | None, product: str, before: Any | None) -> None:
    """Print what a change has done to support."""
    if before is not None:
        for sentence in differences(before, reads.support(server, product, at=before["at"])):
            click.echo(f"  {sentence}".translate(CONTROLS))


def _row(release: Mapping[str, Any]) -> list[str]:
    state, day = _state(release)
    return [
        str(release["version"]),
        in_words(release["line"]),
        state,
        in_words(day),
        in_words(release["stage"]),
    ]


def _state(release: Mapping[str, Any]) -> tuple[str, str | None]:
    """Say how a release stands, and since when or for when.

    >>> _state({"released_on": None, "planned_on": "2027-01-15", "withdrawn_on": None})
    ('planned', '2027-01-15')
    """
    if release["withdrawn_on"] and not release["restored_on"]:
        return "withdrawn", release["withdrawn_on"]
    if release["released_on"]:
        return "released", release["released_on"]
    return "planned", release["planned_on"]
