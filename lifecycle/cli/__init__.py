"""The `lifecycle` command. Nothing heavy is imported before the command that needs it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from lifecycle.cli import garbage_collection, refusals
from lifecycle.cli.lazy_groups import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

COMPLETION = "_LIFECYCLE_COMPLETE"
"""The variable by which a shell asks for words that complete a line; click's name for it."""
CONTEXT = {"help_option_names": ["-h", "--help"]}
SECTIONS: dict[str, dict[str, str]] = {
    "Ask what is supported": {
        "status": "Say whether a version is supported, until when, and why.",
        "support": "Show what every tier gets for every line of PRODUCT.",
        "compare": "Show what an upgrade from one version to a higher one meets.",
        "entitlements": "Show what comes with a tier, and by when a request is due a response.",
        "check": "Say whether anything that runs is unsupported, or soon will be, for CI.",
    },
    "Describe products": {
        "product": "List, add and change products.",
        "release": "Register, plan, publish, withdraw and void releases.",
        "line": "Declare until when lines of releases are supported, and which are long-term.",
        "feature": "List features and change them; move one to its next stage.",
        "policy": "Look at policy documents and put them in force.",
        "import": "Import releases, features and accounts from files.",
        "simulate": "Show what a release, a policy or a line's days would change.",
    },
    "Keep customers": {
        "account": "List customers and change their tiers; erase one for good.",
        "instance": "List, report and forget what accounts run.",
        "subscription": "Manage where an account gets its notices.",
    },
    "Announce what ends": {
        "worklist": "List what needs attention, the most urgent kind first.",
        "deprecation": "Draft, preview, announce, amend and withdraw deprecations.",
        "notices": "List the notices that ACCOUNT was sent, or show one with what changed since.",
        "acknowledge": "Record that a person of ACCOUNT has read a notice.",
        "deliveries": "Look at deliveries, watch them go out, and send them again.",
        "waiver": "Record decisions to allow a rule to be broken.",
        "evidence": "Write down every notice that an account got, and when.",
    },
    "Release from a pipeline": {
        "gate": "Say whether a release keeps every promise, for CI.",
        "rules": "Show what the gate looks for, why, and how to fix it.",
        "manifest": "Write what a release changes, from API descriptions, feature gates and git.",
        "schema": "Print the JSON Schema of a file that people write, for their editors.",
    },
    "Run the service": {
        "serve": "Run the service; a first start creates and migrates the store.",
        "worker": "Deliver notices and carry out what falls due; for `serve --no-worker`.",
        "db": "Migrate, back up, restore, move and measure the store.",
        "doctor": "Check this installation, and say for each problem what to do.",
        "settings": "Print the settings in force and where each comes from.",
        "token": "Create, list and revoke the tokens that requests carry.",
        "key": "Replace the secret key that encrypts secrets and signs links.",
        "audit": "Prove that the log of changes was not altered.",
        "export": "Write the public reads into DIR as files, for any web server.",
        "demo-receiver": "Receive webhooks, verify their signatures, and print a line for each.",
    },
    "Find your way": {
        "help": "Print the manual's page on a TOPIC, or list the topics.",
        "completion": "Print the script that completes commands in your shell.",
    },
}
"""The commands in an order that tells the story, each with its purpose."""

COMMANDS = {name: purpose for section in SECTIONS.values() for name, purpose in section.items()}
MODULES = {
    "demo-receiver": "demo_receiver",
    "import": "imports",
    "product": "products",
    "release": "releases",
    "line": "lines",
    "feature": "features",
    "policy": "policies",
    "deprecation": "deprecations",
    "account": "accounts",
    "instance": "instances",
    "subscription": "subscriptions",
    "waiver": "waivers",
    "token": "tokens",
    "audit": "audits",
}


@click.group(
    cls=LazyGroup,
    sections=SECTIONS,
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
        colour = False if os.environ.get("NO_COLOR") else None  # else the stream decides
        code = commands.main(arguments, prog_name="lifecycle", standalone_mode=False, color=colour)
    except SystemExit as error:  # what click does when the reader of a pipe has left
        return refusals.PIPE_CLOSED if error.code == 1 else int(error.code or 0)
    except Exception as error:  # noqa: BLE001 -- the edge: everything becomes a sentence here
        if COMPLETION in os.environ:  # a shell that asks for words prints no sentence
            return refusals.COULD_NOT
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
    garbage_collection.collect_seldom()
    sys.exit(run())
