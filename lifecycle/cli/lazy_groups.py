"""Groups of commands: those that show each purpose whole, and those that start fast."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli.example_commands import Command
from lifecycle.cli.quietness import quiet_option

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from click.shell_completion import CompletionItem


LONGEST_PURPOSE = 500
DESTRUCTIVE = frozenset({"delete", "erase", "remove", "revoke", "void", "withdraw"})
"""Commands that are suggested only where nearly all of their name was typed."""
SLIP = 0.8
"""How like such a name a word has to be: `remov` is, `rename` is not."""


class SuggestingGroup(click.Group):
    """A group that answers an unknown command with the one that may be meant.

    ``ways_out`` say by such a word how to do what it means. Like a command, a group can be asked to
    be quiet.
    """

    def __init__(
        self, *args: Any, ways_out: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(quiet_option())
        self.ways_out = ways_out or {}

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first word names; a word like one of them is a mistake."""
        name, names = args[0], self.list_commands(ctx)
        if name not in names and not ctx.resilient_parsing:
            if way_out := self.ways_out.get(name):
                raise click.UsageError(f"No such command {name!r}. {way_out}", ctx)
            if hint := _suggest(name, names):
                raise click.UsageError(f"No such command {name!r}{hint}", ctx)
        return super().resolve_command(ctx, args)


def _suggest(word: str, names: Sequence[str]) -> str:
    """Suggest the command that is meant, at the end of a sentence, if one is near.

    >>> _suggest("ad", ["add", "remove"]), _suggest("remov", ["add", "remove"])
    ('; did you mean `add`?', '; did you mean `remove`?')
    >>> _suggest("rename", ["add", "remove"])
    ''
    """
    from lifecycle.documents.suggestions import (  # noqa: PLC0415 -- seldom needed
        did_you_mean,
        nearest_words,
    )

    harmless = [name for name in names if name not in DESTRUCTIVE]
    return did_you_mean(nearest_words(word, names, likeness=SLIP) or nearest_words(word, harmless))


class Group(SuggestingGroup):
    """A group whose help shows the first sentence of each command whole, on as many lines."""

    command_class = Command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands' purposes; click would cut them off at the edge of the screen."""
        rows = [
            (name, command.get_short_help_str(LONGEST_PURPOSE))
            for name in self.commands
            if (command := self.get_command(ctx, name)) is not None and not command.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class LazyGroup(SuggestingGroup):
    """A group that knows its commands' names and purposes, and imports a command to run it.

    A command stands in its module under the name ``command``.
    """

    def __init__(
        self,
        *args: Any,
        sections: Mapping[str, Mapping[str, str]],
        modules: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sections = sections
        self.modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order in which they are likely to be needed."""
        del ctx
        return [name for section in self.sections.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        del ctx
        if cmd_name not in self.modules:
            return None
        command: click.Command = import_module(self.modules[cmd_name]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands' purposes without importing any."""
        widest = max(map(len, self.list_commands(ctx)))
        for title, section in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), text) for name, text in section.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command's name without importing any."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 -- seldom needed

        commands = [
            CompletionItem(name, help=text)
            for section in self.sections.values()
            for name, text in section.items()
            if name.startswith(incomplete)
        ]
        return commands + click.Command.shell_complete(self, ctx, incomplete)
