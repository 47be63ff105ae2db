"""`lifecycle audit`: proving that the log of changes was not touched."""

from __future__ import annotations

import click

from lifecycle.cli import reads
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import show_json
from lifecycle.cli.refusals import NO


@click.group("audit", cls=Group)
def command() -> None:
    """Prove that the log of changes was not altered."""


@command.command(example="lifecycle audit verify")
@server_option
@format_option
def verify(*, server: str | None, style: str) -> int:
    """Walk the whole chain and name the first entry that was edited, removed or reordered."""
    verdict = reads.audit_verdict(server)
    if style == "json":
        show_json(verdict)
    elif verdict["whole"]:
        click.echo(f"The log is intact: {verdict['entries']} entries, head {verdict['head']}.")
    else:
        click.echo(f"The log was altered: {verdict['fault']}.")
    return 0 if verdict["whole"] else NO
