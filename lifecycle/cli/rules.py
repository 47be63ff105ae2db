"""`lifecycle rules`: what the gate looks for."""

from __future__ import annotations

import click
import msgspec

from lifecycle.cli.example_commands import Command
from lifecycle.cli.options import format_option
from lifecycle.cli.output import show_json, show_table
from lifecycle.gate.rules import documentation
from lifecycle.gate.rules.documentation import Page


@click.command("rules", cls=Command, example="lifecycle rules removal-overdue")
@click.argument("rule", required=False)
@format_option
def command(*, rule: str | None, style: str) -> None:
    """Show what the gate looks for, why, and how to fix it: one RULE's page, or a list of all."""
    pages = list(documentation.pages().values()) if rule is None else documentation.page(rule)
    if style == "json":
        show_json(msgspec.to_builtins(pages))
    elif isinstance(pages, Page):
        _show(pages)
    else:
        show_table(["rule", "severity", "what"], [[p.id, p.severity, p.what] for p in pages])


def _show(page: Page) -> None:
    click.echo(f"{page.id} ({page.severity} by default)\n\n{page.what}\n")
    parts = {"Why": page.why, "Fix": page.fix, "Fails": page.fails, "Passes": page.passes}
    for name, text in parts.items():
        click.echo(f"{name}: {text}")
