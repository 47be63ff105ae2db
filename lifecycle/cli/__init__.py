"""The `lifecycle` command. Nothing heavy is imported before the command that needs it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

import click

from lifecycle.cli import refusals
from lifecycle.cli.lazy_groups import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTEXT = {"help_option_names": ["-h", "--help"]}
COMMANDS = {
    "serve": "Run the service; a first start creates and migrates the store.",
    "worker": "Deliver notices and carry out what falls due; for `serve --no-worker`.",
    "demo-receiver": "Receive webhooks, verify their signatures, and print a line for each.",
    "status": "Say whether a version is supported, until when, and why.",
    "compare": "Show what an upgrade from one version to a higher one meets.",
    "gate": "Say whether a release keeps every promise, for CI.",
    "check": "Say whether anything that runs is unsupported, or soon will be, for CI.",
    "rules": "Show what the gate looks for, why, and how to fix it.",
    "import": "Import releases, features and accounts from files.",
    "policy": "Look at policy documents and put them in force.",
    "deprecation": "Draft, preview, announce, amend and withdraw deprecations; see their reach.",
    "account": "Erase a customer for good.",
    "subscription": "Manage where an account gets its notices.",
    "deliveries": "Look at deliveries, watch them go out, and send them again.",
    "manifest": "Write what a release changes, from API descriptions, feature gates and git.",
    "waiver": "Record decisions to allow a rule to be broken.",
    "evidence": "Write down every notice that an account got, and when.",
    "token": "Create, list and revoke the tokens that requests carry.",
    "audit": "Prove that the log of changes was not altered.",
    "db": "Migrate, back up, restore, move and measure the store.",
    "settings": "Print the settings in force and where each comes from.",
    "help": "Print the manual's page on a TOPIC, or list the topics.",
}
MODULES = {
    "demo-receiver": "demo_receiver",
    "import": "imports",
    "policy": "policies",
    "deprecation": "deprecations",
    "account": "accounts",
    "subscription": "subscriptions",
    "waiver": "waivers",
    "token": "tokens",
    "audit": "audits",
}


@click.group(
    cls=LazyGroup,
    commands_help=COMMANDS,
    modules={name: f"lifecycle.cli.{MODULES.get(name, name)}" for name in COMMANDS},
    context_settings=CONTEXT,
)
@click.version_option(package_name="lifecycle-tracker", prog_name="lifecycle")
def commands() -> None:
    """Which versions each support tier covers, until when, and why.

    Exit codes: 0 success, 1 the answer is no, 2 the command could not be carried out.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command line and give its exit code; what goes wrong is one sentence."""
    try:
        _refuse_garbled(sys.argv if arguments is None else arguments)
        code = commands.main(arguments, prog_name="lifecycle", standalone_mode=False)
    except SystemExit:  # what click does when the reader of a pipe has left
        return refusals.PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 -- the edge: everything becomes a sentence here
        return refusals.report(error)
    except KeyboardInterrupt:
        return 130
    return code if isinstance(code, int) else 0


def _refuse_garbled(arguments: Sequence[str]) -> None:
    """Refuse bytes that are no text: they could be neither looked up nor shown."""
    for argument in arguments:
        if not argument.isascii() and argument.encode("utf-8", "replace").decode() != argument:
            raise click.UsageError(f"{argument!a} is not UTF-8 text.")


def main() -> NoReturn:
    """Run the command line, and exit with its code."""
    sys.exit(run())
