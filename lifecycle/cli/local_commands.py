"""Commands that work on the local store alone, and what they do where a service is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from lifecycle.cli.quietness import is_quiet
from lifecycle.cli.refusals import say
from lifecycle.errors import BadRequest
from lifecycle.setting_values import without_password

if TYPE_CHECKING:
    from click import Context, Parameter

Command = TypeVar("Command", bound=Callable[..., Any])

SERVER = "LIFECYCLE_SERVER"


def on_local_store(command: Command) -> Command:
    """Mark a command that asks no service; another store than the one meant is never changed.

    The environment's service leads to a remark, and one that is named with the command is refused.
    """

    def check(context: Context, parameter: Parameter, server: str | None) -> None:
        if server is None:
            return
        from lifecycle.cli.backups import shown  # noqa: PLC0415 -- help needs no SQLAlchemy
        from lifecycle.cli.local_store import store_url  # noqa: PLC0415

        is_option = context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
        name = "--server" if is_option else SERVER
        store, service = shown(store_url()), without_password(server).rstrip("/")
        facts = (
            f"`{context.command_path}` works on the local store, {store}, not on {service}, which"
            f" {name} names."
        )
        if is_option:
            raise BadRequest(f"{facts} To work on the local store, leave out --server.")
        if not is_quiet():
            say(f"Note: {facts}")

    option: Callable[[Command], Command] = click.option(
        "--server",
        envvar=SERVER,
        hidden=True,
        is_eager=True,
        expose_value=False,
        callback=check,
    )
    return option(command)
