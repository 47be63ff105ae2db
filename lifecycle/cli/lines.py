"""`lifecycle line`: what lines of releases declare."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lifecycle.cli import catalogue_reads as reads
from lifecycle.cli.catalogue_reads import PRODUCTS
from lifecycle.cli.connections import changing
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.listings import Extent, list_options, show_listing
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import in_words, show_json, show_record
from lifecycle.cli.resource_changes import basis, chosen, report
from lifecycle.client.resource_paths import path

if TYPE_CHECKING:
    from collections.abc import Mapping

Command = TypeVar("Command", bound=Callable[..., Any])

PHASES = ("active_support", "security_support", "extended_support", "end_of_life")
FIELDS = ("declared", "lts", "codename", "released_on", "position")
OVER, OPEN = "over", "open"
DAY = f"DAY|{OVER}|{OPEN}"
CORRECTION = click.option(
    "--correction",
    metavar="WHY",
    help="Why a day moves earlier, or the first day at all; refused without, and recorded.",
)


PHASE_OPTIONS = (
    click.option("--active-support", metavar=DAY, help="The last day of active support."),
    click.option("--security-support", metavar=DAY, help="The last day of security support."),
    click.option("--extended-support", metavar=DAY, help="The last day of extended support."),
    click.option("--end-of-life", metavar=DAY, help="The last day of its life."),
)


def phase_options(command: Command) -> Command:
    """Add an option for the last day of each phase of support."""
    for option in reversed(PHASE_OPTIONS):
        command = option(command)
    return command


@click.group("line", cls=Group)
def command() -> None:
    """Declare until when lines of releases are supported, and which are long-term."""


@command.command("list", example="lifecycle line list clairdash")
@click.argument("product")
@list_options
@server_option
@format_option
def list_(*, product: str, extent: Extent, server: str | None, style: str) -> None:
    """List the lines of PRODUCT that declare something; `lifecycle support` shows every line."""
    listing = reads.lines(server, product, extent)
    columns = ["line", *(phase.replace("_", " ") for phase in PHASES), "lts", "codename"]
    show_listing(listing, style, columns, [_row(line) for line in listing.items])


@command.command(example="lifecycle line show clairdash 2.33")
@click.argument("product")
@click.argument("line")
@server_option
@format_option
def show(*, product: str, line: str, server: str | None, style: str) -> None:
    """Show what LINE declares."""
    document = reads.line(server, product, line)
    if style == "json":
        show_json(document)
        return
    days = {phase: _day(day) for phase, day in document["declared"].items()}
    show_record(document | {"declared": days})


@command.command(example="lifecycle line declare clairdash 2.33 --end-of-life 2027-12-31")
@click.argument("product")
@click.argument("line")
@phase_options
@click.option("--codename", help="What people call it.")
@click.option("--released-on", metavar="DAY", help="Its first day, if not its first release's.")
@click.option("--position", type=int, help="Its place among declared lines, from 0.")
@CORRECTION
@server_option
@format_option
def declare(
    *,
    product: str,
    line: str,
    server: str | None,
    style: str,
    correction: str | None,
    **values: Any,
) -> None:
    """Declare the last covered days of LINE; what no option names stays as it is.

    `over` is a phase that has ended on an unknown day, `open` one whose end is not known.
    """
    days = declared_days({phase: values.pop(phase) for phase in PHASES})
    facts, revision, _ = basis(lambda: reads.line(server, product, line), FIELDS)
    facts["declared"] = facts.get("declared", {}) | days
    body = facts | chosen({**values, "correction": correction})
    with changing(server) as client:
        stored = client.put(_line(product, line), body, revision=revision)
    report(stored, f"{product} {line} declares: {_declares(stored)}.", style)


@command.command(example="lifecycle line lts clairdash 2.33")
@click.argument("product")
@click.argument("line")
@click.option("--from", "since", metavar="DAY", help="From this day only; always if left out.")
@click.option("--not", "revoked", is_flag=True, help="It is not a long-term line.")
@CORRECTION
@server_option
@format_option
def lts(
    *,
    product: str,
    line: str,
    since: str | None,
    revoked: bool,
    correction: str | None,
    server: str | None,
    style: str,
) -> None:
    """Mark LINE as one of long-term support."""
    if since and revoked:
        raise click.UsageError("Give either --from or --not.")
    facts, revision, _ = basis(lambda: reads.line(server, product, line), FIELDS)
    body = facts | {"lts": since or not revoked} | chosen({"correction": correction})
    with changing(server) as client:
        stored = client.put(_line(product, line), body, revision=revision)
    term = "not a line of long-term support" if revoked else "a line of long-term support"
    report(stored, f"{product} {line} is {term}.", style)


def _line(product: str, line: str) -> str:
    return path(*PRODUCTS, product, "lines", line)


def declared_days(days: Mapping[str, str | None]) -> dict[str, str | bool]:
    """Read the days that are given: true is over, false has no known end.

    >>> declared_days({"active_support": "over", "security_support": None, "end_of_life": "open"})
    {'active_support': True, 'end_of_life': False}
    """
    words: dict[str, str | bool] = {OVER: True, OPEN: False}
    return {phase: words.get(day, day) for phase, day in days.items() if day}


def _day(declared: Any) -> str:
    """Write a declared day.

    >>> _day(True), _day(False), _day(None)
    ('over', 'open', '-')
    """
    if isinstance(declared, bool):
        return OVER if declared else OPEN
    return in_words(declared)


def _declares(line: Mapping[str, Any]) -> str:
    days = [f"{phase.replace('_', ' ')} {_day(day)}" for phase, day in line["declared"].items()]
    return ", ".join(days) or "no days"


def _row(line: Mapping[str, Any]) -> list[str]:
    days = [_day(line["declared"].get(phase)) for phase in PHASES]
    return [str(line["line"]), *days, in_words(line["lts"]), in_words(line["codename"])]
