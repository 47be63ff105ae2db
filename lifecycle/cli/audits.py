"""`lifecycle audit`: proving that the log of changes was not touched."""

from __future__ import annotations

from typing import Any

import click

from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import show_json
from lifecycle.cli.refusals import NO


@click.group("audit")
def command() -> None:
    """Prove that the log of changes was not touched."""


@command.command()
@server_option
@format_option
def verify(*, server: str | None, style: str) -> int:
    """Walk the whole chain and name the first entry that was edited, removed or reordered."""
    verdict = _verdict(server)
    if style == "json":
        show_json(verdict)
    elif verdict["whole"]:
        click.echo(f"The log is whole: {verdict['entries']} entries, head {verdict['head']}.")
    else:
        click.echo(f"The log was touched: {verdict['fault']}.")
    return 0 if verdict["whole"] else NO


def _verdict(server: str | None) -> Any:
    if server:
        from lifecycle.cli import remote  # noqa: PLC0415 -- only a remote call needs a client

        return remote.get(server, remote.path("v1", "audit", "verify"))
    from lifecycle.cli import local  # noqa: PLC0415 -- only the local store needs a database

    return local.audit_verdict()
