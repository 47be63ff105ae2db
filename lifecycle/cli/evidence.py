"""`lifecycle evidence`: all that an account was told, as files that stand alone."""

from __future__ import annotations

import json
from pathlib import Path

import click

from lifecycle.cli import reads
from lifecycle.cli.example_commands import Command
from lifecycle.cli.options import server_option


@click.command("evidence", cls=Command, example="lifecycle evidence --account hooli --output proof")
@click.option("--account", required=True, help="The account.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    metavar="DIR",
    help="Where to write; here if left out.",
)
@server_option
def command(*, account: str, output: Path, server: str | None) -> None:
    """Write down every notice that an account got, and when, as HTML and as JSON."""
    document, page = reads.evidence(server, account)
    output.mkdir(parents=True, exist_ok=True)
    plain, shown = output / f"evidence-{account}.json", output / f"evidence-{account}.html"
    plain.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    shown.write_text(page, encoding="utf-8")
    click.echo(f"{shown}\n{plain}")
