"""`lifecycle completion`: commands and options completed by the shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from lifecycle.cli import COMPLETION
from lifecycle.cli.example_commands import Command

SHELLS = ("bash", "zsh", "fish")
HOW = {
    "bash": 'eval "$(lifecycle completion bash)"',
    "zsh": 'eval "$(lifecycle completion zsh)"',
    "fish": "lifecycle completion fish | source",
}
CUT, WHOLE = 'string split "," ', 'string split --max 1 "," '
"""click's script for fish ends a purpose at its first comma."""


@click.command("completion", cls=Command, example="\n".join(f"{HOW[shell]}" for shell in SHELLS))
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, *, shell: str) -> None:
    """Print the script that completes commands in your shell.

    Put the line for your shell in its start-up file: ~/.bashrc, ~/.zshrc, or
    ~/.config/fish/config.fish.
    """
    kind = get_completion_class(shell)
    if kind is None:  # pragma: no cover -- each of them is click's own
        raise click.UsageError(f"{shell} cannot be completed.")
    script = kind(context.find_root().command, {}, "lifecycle", COMPLETION)
    text = script.source_template % script.source_vars()
    click.echo(text.replace(CUT, WHOLE) if shell == "fish" else text)
