"""A command of the house: its help ends with an example, and it can be quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli.known_values import complete_values

if TYPE_CHECKING:
    from click import Context, HelpFormatter, Parameter

QUIET = "lifecycle.quiet"


class Command(click.Command):
    """A command with an example, of as many lines as it has, that stands unbroken in its help."""

    def __init__(self, *args: Any, example: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.example = example
        complete_values(self.name, self.params)
        self.params.append(_quiet_option())

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the example as it is typed: click would break it like prose."""
        super().format_epilog(ctx, formatter)
        if not self.example:
            return
        with formatter.section("Example"):
            for line in self.example.splitlines():
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


def _quiet_option() -> click.Option:
    return click.Option(
        ["-q", "--quiet"],
        is_flag=True,
        expose_value=False,
        callback=_keep,
        help="Print only answers and errors.",
    )


def _keep(context: Context, parameter: Parameter, value: bool) -> None:  # noqa: FBT001 -- click's
    del parameter
    context.meta[QUIET] = value


def is_quiet() -> bool:
    """Return whether the command that runs was asked to be quiet."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(QUIET))


def confirm_done(sentence: str) -> None:
    """Print what was done; nothing where the command is quiet."""
    if not is_quiet():
        click.echo(sentence)
