"""Commands that work on the local store alone, and what they do where a service is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from lifecycle.cli.refusals import say
from lifecycle.errors import BadRequest
from lifecycle.setting_values import without_password

if TYPE_CHECKING:
    from click import Context, Parameter

Command = TypeVar("Command", bound=Callable[..., Any])

SERVER = "LIFECYCLE_SERVER"


def on_local_store(*, instead: str | None) -> Callable[[Command], Command]:
    """Mark a command that asks no service; another store than the one meant is never changed.

    ``instead`` says where a service, ``{server}``, does the same: then the command refuses while
    one is named. Where none can, the environment's service leads to a remark only.
    """

    def check(context: Context, parameter: Parameter, server: str | None) -> None:
        if server is None:
            return
        from lifecycle.cli.backups import shown  # noqa: PLC0415 -- help needs no SQLAlchemy
        from lifecycle.cli.local_store import store_url  # noqa: PLC0415

        is_option = context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
        name, out = ("--server", "leave out") if is_option else (SERVER, "unset")
        store, service = shown(store_url()), without_password(server).rstrip("/")
        facts = (
            f"`{context.command_path}` works on the local store, {store}, not on {service}, which"
            f" {name} names."
        )
        if instead is None and not is_option:
            say(f"Note: {facts}")
            return
        elsewhere = "" if instead is None else f" {instead.format(server=service)}"
        raise BadRequest(f"{facts}{elsewhere} To work on the local store, {out} {name}.")

    return click.option(
        "--server",
        envvar=SERVER,
        hidden=True,
        is_eager=True,
        expose_value=False,
        callback=check,
    )
