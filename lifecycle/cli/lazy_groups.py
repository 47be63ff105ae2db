"""Groups whose commands are imported when called, so that help and client commands start fast."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


class LazyGroup(click.Group):
    """A group that knows its commands' names and purposes, and imports a command to run it.

    A command stands in its module under the name ``command``.
    """

    def __init__(
        self,
        *args: Any,
        commands_help: Mapping[str, str],
        modules: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.commands_help = commands_help
        self.modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order in which they are likely to be needed."""
        del ctx
        return list(self.commands_help)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        del ctx
        if cmd_name not in self.modules:
            return None
        command: click.Command = import_module(self.modules[cmd_name]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands' purposes without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(self.commands_help.items()))
