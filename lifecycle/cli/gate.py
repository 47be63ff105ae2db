"""`lifecycle gate`: whether a release may go out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lifecycle.cli.example_commands import Command
from lifecycle.cli.options import server_option, timeout_option
from lifecycle.cli.report_output import report_options, tell, telling_failures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.cli.report_output import Output


@click.command("gate", cls=Command, example="lifecycle gate release.yaml")
@click.argument("manifest")
@click.option("--at", metavar="DAY", help="As known on this day (YYYY-MM-DD); today if left out.")
@click.option("--strict", is_flag=True, help="Exit 1 on warnings too.")
@timeout_option(30.0)
@server_option
@report_options
def command(
    *,
    manifest: str,
    at: str | None,
    strict: bool,
    seconds: float,
    server: str | None,
    form: str,
    outputs: Sequence[Output],
) -> int:
    """Say whether a release keeps every promise, for CI.

    MANIFEST describes it; - reads it from stdin. Exits 0 if it may go out, 1 if a finding forbids
    it, 2 if that could not be decided.
    """
    from lifecycle.cli import verdict_reports  # noqa: PLC0415 -- help is printed without it
    from lifecycle.cli.inputs import source_of  # noqa: PLC0415

    source = source_of(manifest)
    with telling_failures(f"The gate for {manifest}", form, outputs, source=source):
        report = verdict_reports.report_on(
            manifest, source=source, at=at, strict=strict, server=server, seconds=seconds
        )
    return tell(report, form, outputs, pages=verdict_reports.pages, server=server)
