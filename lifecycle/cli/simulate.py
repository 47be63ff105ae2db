"""`lifecycle simulate`: what a release, a policy or a line's days would change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli import catalogue_reads as reads
from lifecycle.cli.inputs import FILE
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.lines import PHASES, declared_days, phase_options
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import CONTROLS, show_json, show_table
from lifecycle.cli.releases import LINE, STAGE
from lifecycle.cli.resource_changes import chosen
from lifecycle.cli.support import cell_of, style_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

AT = click.option(
    "--at", metavar="DAY", help="Compare on this day; that of the change if left out."
)


@click.group("simulate", cls=Group)
def command() -> None:
    """Show what a release, a policy or a line's days would change; nothing is stored."""


@command.command(example="lifecycle simulate release clairdash 3.41.0 --on 2027-01-15")
@click.argument("product")
@click.argument("version")
@click.option("--on", metavar="DAY", help="The day it comes out; today if left out.")
@STAGE
@LINE
@AT
@server_option
@format_option
def release(
    *,
    product: str,
    version: str,
    on: str | None,
    at: str | None,
    server: str | None,
    style: str,
    **values: Any,
) -> None:
    """Show what a release would change, and whose support it would end."""
    supposed = {"version": version} | chosen({"day": on, **values})
    _show(reads.simulation(server, product, {"release": supposed} | chosen({"at": at})), style)


@command.command(example="lifecycle simulate policy clairdash policy.yaml")
@click.argument("product")
@click.argument("file", type=FILE)
@AT
@server_option
@format_option
def policy(*, product: str, file: Path, at: str | None, server: str | None, style: str) -> None:
    """Show what the policy document in FILE would change (YAML or JSON, - for stdin)."""
    from lifecycle.cli.inputs import read_mapping  # noqa: PLC0415 -- help reads no YAML

    document = read_mapping(file, "a policy document", numbers_as_text=False)
    _show(reads.simulation(server, product, {"policy": document} | chosen({"at": at})), style)


@command.command(example="lifecycle simulate line clairdash 3.35 --end-of-life 2027-06-30")
@click.argument("product")
@click.argument("line")
@phase_options
@click.option("--lts", is_flag=True, help="It would be a line of long-term support.")
@AT
@server_option
@format_option
def line(
    *,
    product: str,
    line: str,
    lts: bool,
    at: str | None,
    server: str | None,
    style: str,
    **values: str | None,
) -> None:
    """Show what other days of LINE would change."""
    days = declared_days({phase: values[phase] for phase in PHASES})
    supposed = {"line": line, "declared": days} | chosen({"lts": lts or None})
    _show(reads.simulation(server, product, {"line": supposed} | chosen({"at": at})), style)


def _show(answer: Mapping[str, Any], style: str) -> None:
    if style == "json":
        show_json(answer)
        return
    click.echo(f"{answer['product']} on {answer['at']}".translate(CONTROLS))
    click.echo()
    superseded = answer.get("superseded")
    if answer["changes"]:
        rows = [
            [change["line"], change["tier"], cell_of(change["before"]), cell_of(change["after"])]
            for change in answer["changes"]
        ]
        show_table(["line", "tier", "now", "then"], rows, style_of)
    else:
        is_all = not superseded and not answer.get("notes")
        click.echo("Nothing would change." if is_all else "No line's support would change.")
    for note in answer.get("notes", ()):
        click.echo()
        click.echo(note.translate(CONTROLS))
    if superseded:
        click.echo()
        click.echo(
            f"{superseded['successor']} would take the place of {superseded['version']} for"
            f" {', '.join(superseded['tiers'])}: an upgrade within {superseded['line']}, which"
            " stays covered. No notice is due for it."
        )
    if answer["implied_ends"]:
        click.echo()
        rows = [
            [end["line"], end["tier"], end["effective_on"], str(end["days_ahead"]), end["reason"]]
            for end in answer["implied_ends"]
        ]
        show_table(["ends", "tier", "first day without", "days ahead", "why"], rows)
