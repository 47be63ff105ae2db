"""A command of the house: its help ends with an example, and it can be quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli.known_values import complete_values
from lifecycle.cli.option_words import in_terms_of_options
from lifecycle.cli.quietness import quiet_option
from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    from click import Context, HelpFormatter


class Command(click.Command):
    """A command with an example, of as many lines as it has, that stands unbroken in its help."""

    def __init__(self, *args: Any, example: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.example = example
        complete_values(self.name, self.params)
        self.params.append(quiet_option())

    def invoke(self, ctx: Context) -> Any:
        """Carry the command out; what is wrong is named by its options, not by the API's fields."""
        try:
            return super().invoke(ctx)
        except LifecycleError as error:
            in_terms_of_options(error, ctx)
            raise

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the example as it is typed: click would break it like prose."""
        super().format_epilog(ctx, formatter)
        if not self.example:
            return
        with formatter.section("Example"):
            for line in self.example.splitlines():
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")
