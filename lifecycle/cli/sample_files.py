"""Whole samples of the files that people write, to begin with."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click import Context, Parameter

Command = TypeVar("Command", bound=Callable[..., Any])


def sample_option(name: str) -> Callable[[Command], Command]:
    """Add ``--sample``, which prints a file of the package and asks for nothing else."""

    def show(context: Context, _parameter: Parameter, chosen: bool) -> None:  # noqa: FBT001 -- click's
        if chosen and not context.resilient_parsing:
            click.echo(read_sample(name), nl=False)
            context.exit()

    return click.option(
        "--sample",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help="Print a whole sample of such a file, and do nothing else.",
    )


def read_sample(name: str) -> str:
    """Return the text of a sample."""
    return files("lifecycle.cli").joinpath("samples", name).read_text("utf-8")
