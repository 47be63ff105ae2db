"""Whether a command was asked to print only answers and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click import Context, Parameter

QUIET = "lifecycle.quiet"


def quiet_option() -> click.Option:
    """Make the option by which a command is asked to be quiet."""
    return click.Option(
        ["-q", "--quiet"],
        is_flag=True,
        is_eager=True,  # so that other options' notes can heed it
        expose_value=False,
        callback=_keep,
        help="Print only answers and errors.",
    )


def _keep(context: Context, parameter: Parameter, value: bool) -> None:  # noqa: FBT001 -- click's
    del parameter
    # A group's answer holds for the command that follows it, which is parsed after it.
    context.meta[QUIET] = value or context.meta.get(QUIET, False)


def is_quiet() -> bool:
    """Return whether the command that runs was asked to be quiet."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(QUIET))


def note_aside(sentence: str) -> None:
    """Say on the error stream what to know of an answer; nothing where the command is quiet."""
    if not is_quiet():
        click.echo(sentence, err=True)


def confirm_done(sentence: str) -> None:
    """Print what was done; nothing where the command is quiet."""
    if not is_quiet():
        click.echo(sentence)
