"""`lifecycle help`: the manual, on a terminal or as Markdown."""

from __future__ import annotations

import sys

import click

from lifecycle.cli.example_commands import Command
from lifecycle.cli.output import can_draw
from lifecycle.errors import NotFound
from lifecycle.manual import contents


@click.command("help", cls=Command, example="lifecycle help gate")
@click.argument("topic", required=False)
@click.pass_context
def command(context: click.Context, *, topic: str | None) -> None:
    """Print the manual's page on a TOPIC, or list the topics."""
    if topic is None:
        _list_topics()
        return
    is_command = topic in _commands(context)
    if is_command and topic not in contents.TOPICS:
        raise NotFound(
            f"The manual has no topic {topic!r}, but there is a command: `lifecycle {topic} "
            f"--help` describes it, and `lifecycle help {contents.topic_using(topic)}` shows it."
        )
    _show(contents.get_topic(topic).text)
    if is_command:
        click.echo(f"\n`lifecycle {topic} --help` lists the command's options.")


def _commands(context: click.Context) -> list[str]:
    group = context.find_root().command
    return group.list_commands(context) if isinstance(group, click.Group) else []


def _list_topics() -> None:
    click.echo("`lifecycle help TOPIC` prints a page of the manual:\n")
    for topic in contents.list_topics():
        click.echo(f"  {topic.name:<14}{topic.summary}")


def _show(text: str) -> None:
    if not can_draw(sys.stdout):
        click.echo(text, nl=False)
        return
    from lifecycle.cli import terminal_markdown  # noqa: PLC0415 -- rich is for terminals only

    terminal_markdown.show(text)
