"""`lifecycle settings`: what is in force, and where from."""

from __future__ import annotations

import os

import click

from lifecycle import settings
from lifecycle.accounts.claim_rules import people_rules
from lifecycle.cli.example_commands import Command
from lifecycle.cli.options import format_option
from lifecycle.cli.output import show_json, show_table
from lifecycle.cli.refusals import TRACEBACK, say
from lifecycle.documents.suggestions import suggest


@click.command("settings", cls=Command, example="lifecycle settings")
@format_option
def command(*, style: str) -> None:
    """Print the settings in force and where each comes from; secrets only as set or not."""
    chosen = settings.load(os.environ)
    _check(chosen)
    rows = chosen.describe()
    if style == "json":
        show_json({name: {"value": value, "from": source} for name, value, source in rows})
    else:
        show_table(["setting", "value", "from"], rows)
    names = {name for name, _, _ in rows}
    for name in sorted(os.environ):
        plain = name.removesuffix("_FILE")
        if name.startswith(settings.PREFIX) and plain not in {*names, TRACEBACK}:
            hint = suggest(plain, names) or "."
            say(f"Warning: {name} is set, but is not a known setting{hint}")


def _check(chosen: settings.Settings) -> None:
    """Refuse what a start would refuse, such as a short key, or e-mail that could never be sent."""
    people_rules(chosen)
    if chosen.secret_key or chosen.smtp_url or chosen.mail_from:
        # What encrypts and sends takes a second to import.
        from lifecycle.keys import check_given_key  # noqa: PLC0415
        from lifecycle.scheduler.channel_setup import check_channels  # noqa: PLC0415

        check_given_key(chosen)
        check_channels(chosen)
