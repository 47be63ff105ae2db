"""`lifecycle schema`: the shapes of the files that people write, and whole samples."""

from __future__ import annotations

import click

from lifecycle.cli.example_commands import Command
from lifecycle.cli.output import show_json
from lifecycle.cli.sample_files import read_sample

FORMS = (
    *("policy", "policy-test", "deprecation", "releases", "features", "accounts"),
    *("manifest", "components", "ignores"),
)


@click.command("schema", cls=Command, example="lifecycle schema policy")
@click.argument("form", type=click.Choice(FORMS))
@click.option("--sample", is_flag=True, help="Print a whole sample of the file instead.")
def command(*, form: str, sample: bool) -> None:
    """Print the JSON Schema of a file that people write, for their editors.

    They complete and check the file by it. It is made of what reads such a file; what only the
    whole document shows, such as two tiers of one rank, `policy validate`, the gate and the check
    find.
    """
    from lifecycle.cli.file_schemas import schema_of  # noqa: PLC0415 -- help needs no schema

    if sample:
        click.echo(read_sample(f"{form}.yaml"), nl=False)
    else:
        show_json(schema_of(form))
