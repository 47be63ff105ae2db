"""`lifecycle product`: what is versioned and supported."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lifecycle.cli import catalogue_reads as reads
from lifecycle.cli.catalogue_reads import PRODUCTS
from lifecycle.cli.connections import changing
from lifecycle.cli.inputs import FILE
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.listings import Extent, list_options, show_listing
from lifecycle.cli.options import format_option, server_option, yes_option
from lifecycle.cli.output import in_words, show_json, show_record
from lifecycle.cli.resource_changes import basis, chosen, confirm, dropped, report, report_gone
from lifecycle.client.resource_paths import path

if TYPE_CHECKING:
    from pathlib import Path

Command = TypeVar("Command", bound=Callable[..., Any])

LINES_BY = ("major", "minor", "patch", "declared")
COLUMNS = ("slug", "name", "scheme", "line_by", "public")
FIELDS = ("name", "scheme", "line_by", "identifiers", "aliases", "public", "endoflife")
LISTS = {"identifiers": "identifiers", "aliases": "aliases"}
PHASES = ("support", "eol", "extended")
OPTIONS = (
    click.option("--name", help="What people call it; its slug if left out."),
    click.option("--scheme", help="How versions are ordered: semver, pep440, declared, …"),
    click.option("--line-by", type=click.Choice(LINES_BY), help="Which releases make a line."),
    click.option(
        "--identifier",
        "identifiers",
        multiple=True,
        metavar="PURL|CPE",
        help="What an SBOM calls it; may be repeated. Those given replace those known.",
    ),
    click.option(
        "--alias",
        "aliases",
        multiple=True,
        metavar="SLUG",
        help="Another slug for it, such as a former one: its pages, feeds and badges lead to the"
        " slug; may be repeated. Those given replace those known.",
    ),
    click.option(
        "--endoflife",
        multiple=True,
        metavar="PHASE=TIER",
        help="The tier whose support endoflife.date's clients see as a phase: support, eol or"
        " extended; `PHASE=` shows the lines' declared days again; may be repeated.",
    ),
    click.option("--public/--private", default=None, help="Whether public answers include it."),
)


def _facts(values: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Return what the options name of a product, with the phases that they leave as they are."""
    phases = dict(map(_phase, values.pop("endoflife")))
    facts = chosen(values)
    if phases:
        tiers = (before.get("endoflife") or {}) | phases
        facts["endoflife"] = {phase: tier for phase, tier in tiers.items() if tier} or None
    return facts


def _phase(text: str) -> tuple[str, str]:
    """Read a phase and its tier, which is empty where the declared days are to count.

    >>> _phase("eol=enterprise"), _phase("support=")
    (('eol', 'enterprise'), ('support', ''))
    """
    phase, equals, tier = text.partition("=")
    if not equals or phase not in PHASES:
        allowed = ", ".join(f"{phase}=TIER" for phase in PHASES)
        raise click.UsageError(
            f"--endoflife {text!r} is not a phase and its tier; use {allowed}. Without a tier, as "
            "in support=, the lines' declared days count."
        )
    return phase, tier


RENAMING = (
    "The slug stays, since notices, feeds and what accounts report name it; "
    "`lifecycle product put PRODUCT --name NAME` changes what people call it, and --alias adds "
    "another slug."
)


@click.group("product", cls=Group, ways_out={"rename": RENAMING})
def command() -> None:
    """List, add and change products."""


def product_options(command: Command) -> Command:
    """Add an option for everything that is known of a product."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@command.command("list", example="lifecycle product list")
@list_options
@server_option
@format_option
def list_(*, extent: Extent, server: str | None, style: str) -> None:
    """List the products."""
    listing = reads.products(server, extent)
    rows = [[in_words(product[name]) for name in COLUMNS] for product in listing.items]
    show_listing(listing, style, [name.replace("_", " ") for name in COLUMNS], rows)


@command.command(example="lifecycle product show clairdash")
@click.argument("product")
@server_option
@format_option
def show(*, product: str, server: str | None, style: str) -> None:
    """Show what is known of PRODUCT; `lifecycle support` shows what it is supported for."""
    document = reads.product(server, product)
    if style == "json":
        show_json(document)
    else:
        show_record(document)


@command.command(example="lifecycle product add widget --name Widget --line-by minor")
@click.argument("product")
@product_options
@server_option
@format_option
def add(*, product: str, server: str | None, style: str, **values: Any) -> None:
    """Add PRODUCT, which is not there yet; its slug is its name in every address."""
    facts = {"slug": product} | _facts(values, {})
    with changing(server) as client:
        added = client.post(path(*PRODUCTS), facts)
    report(added, f"Product {product} is added.", style)


@command.command(example="lifecycle product put clairdash --identifier pkg:npm/clairdash")
@click.argument("product")
@click.argument("file", required=False, type=FILE)
@product_options
@server_option
@format_option
def put(*, product: str, file: Path | None, server: str | None, style: str, **values: Any) -> None:
    """Add PRODUCT, or change what the options name of it.

    FILE (YAML or JSON, - for stdin) replaces all that is known of it; options override the file.
    """
    facts, revision, before = basis(lambda: reads.product(server, product), FIELDS, file)
    changed = facts | _facts(values, facts)
    with changing(server) as client:
        stored = client.put(path(*PRODUCTS, product), changed, revision=revision)
    hidden = "" if stored["public"] else "; it is not public"
    losses = dropped(before, stored, LISTS)
    report(stored, f"Product {product} is stored{hidden}.{losses}", style)


@command.command(example="lifecycle product remove widget --yes")
@click.argument("product")
@yes_option
@server_option
@format_option
def remove(*, product: str, yes: bool, server: str | None, style: str) -> None:
    """Remove PRODUCT, which was entered by mistake; refused while anything rests on it."""
    confirm(f"Remove {product} with its releases, lines and features?", yes=yes)
    with changing(server) as client:
        client.delete(address := path(*PRODUCTS, product))
    report_gone(address, f"Product {product} is removed.", style)
