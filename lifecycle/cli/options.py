"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def format_option(command: Command) -> Command:
    """Add ``--format text|json``."""
    option: Callable[[Command], Command] = click.option(
        "--format",
        "style",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="For people, or for programs.",
    )
    return option(command)


def yes_option(command: Command) -> Command:
    """Add ``--yes``."""
    option: Callable[[Command], Command] = click.option(
        "--yes", is_flag=True, help="Do not ask; only a terminal is asked."
    )
    return option(command)


def timeout_option(default: float) -> Callable[[Command], Command]:
    """Add ``--timeout SECONDS`` as ``seconds``."""
    return click.option(
        "--timeout",
        "seconds",
        type=click.FloatRange(0.1, 3600),
        default=default,
        show_default=True,
        metavar="SECONDS",
        help="How long a service may take, all tries together.",
    )


def server_option(command: Command) -> Command:
    """Add ``--server URL``."""
    option: Callable[[Command], Command] = click.option(
        "--server",
        envvar="LIFECYCLE_SERVER",
        metavar="URL",
        help="Ask a running service instead of the local store [LIFECYCLE_SERVER]; "
        "LIFECYCLE_TOKEN is sent where set.",
    )
    return option(command)
