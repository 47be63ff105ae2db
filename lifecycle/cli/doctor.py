"""`lifecycle doctor`: what is wrong with an installation, and what to do about it."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import click

from lifecycle.cli.example_commands import Command
from lifecycle.cli.lazy_modules import later
from lifecycle.cli.local_commands import on_local_store
from lifecycle.cli.options import format_option
from lifecycle.cli.output import show_json
from lifecycle.cli.refusals import NO

if TYPE_CHECKING:
    from lifecycle.cli import installation_checks
else:
    installation_checks = later("lifecycle.cli.installation_checks")

COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}


@click.command("doctor", cls=Command, example="lifecycle doctor --mail ops@clairdash.example")
@on_local_store
@click.option("--mail", metavar="ADDRESS", help="Send a test message to this address.")
@format_option
def command(*, mail: str | None, style: str) -> int:
    """Check this installation, and say for each problem what to do; exits with 1 if there is one.

    It looks at the settings, the store, its migrations, the secret key, the clock, the worker, the
    disk, the DNS, the mail server, and the address that people use.
    """
    checks = asyncio.run(installation_checks.examine(os.environ, mail=mail))
    is_healthy = not any(check.state is installation_checks.CheckState.PROBLEM for check in checks)
    if style == "json":
        documents = [
            {"check": check.name, "state": check.state, "message": check.message,
             "advice": check.advice}
            for check in checks
        ]  # fmt: skip
        show_json({"healthy": is_healthy, "checks": documents})
    else:
        for check in checks:
            click.echo(
                click.style(f"{check.state:8}", fg=COLOURS[check.state])
                + f"{check.name}: {check.message}"
            )
            if check.advice:
                click.echo(f"        {check.advice}")
    return 0 if is_healthy else NO
