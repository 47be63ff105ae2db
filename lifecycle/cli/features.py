"""`lifecycle feature`: what a product can do, and in which stage it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli import catalogue_reads as reads
from lifecycle.cli.catalogue_reads import PRODUCTS
from lifecycle.cli.connections import changing
from lifecycle.cli.inputs import FILE
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.listings import Extent, list_options, show_listing
from lifecycle.cli.options import format_option, server_option, yes_option
from lifecycle.cli.output import in_words, show_json, show_record
from lifecycle.cli.refusals import say
from lifecycle.cli.releases import STAGES
from lifecycle.cli.resource_changes import basis, chosen, confirm, dropped, report, report_gone
from lifecycle.cli.stage_warnings import stage_text, stage_warnings
from lifecycle.client.resource_paths import path
from lifecycle.documents.suggestions import did_you_mean, nearest_words
from lifecycle.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

FIELDS = ("name", "stages", "tiers", "default", "depends_on", "public")
LISTS = {"tiers": "tiers", "depends_on": "needs"}
LIKENESS = 0.5
"""Keys are often extended rather than misspelt: `sso-login` is near `sso`."""
COLUMNS = ("key", "name", "stage", "tiers", "default")


@click.group("feature", cls=Group)
def command() -> None:
    """List features and change them; move one to its next stage."""


@command.command("list", example="lifecycle feature list clairdash --version 3.39.1")
@click.argument("product")
@click.option("--version", help="Their stages in this version.")
@click.option("--at", metavar="DAY", help="Their stages on this day; today if left out.")
@list_options
@server_option
@format_option
def list_(
    *,
    product: str,
    version: str | None,
    at: str | None,
    extent: Extent,
    server: str | None,
    style: str,
) -> None:
    """List the features of PRODUCT, each with its stage in a version or on a day."""
    listing = reads.features(server, product, version=version, at=at, extent=extent)
    show_listing(listing, style, COLUMNS, [_row(feature) for feature in listing.items])


@command.command(example="lifecycle feature show clairdash rest-v1")
@click.argument("product")
@click.argument("feature")
@server_option
@format_option
def show(*, product: str, feature: str, server: str | None, style: str) -> None:
    """Show what is known of FEATURE, with all its stages."""
    document = reads.feature(server, product, feature)
    if style == "json":
        show_json(document)
    else:
        tiers = "every tier" if document["tiers"] is None else document["tiers"]
        stages = [stage_text(stage) for stage in document["stages"]]
        default = _default_in_words(document["default"])
        show_record(document | {"stages": stages, "tiers": tiers, "default": default})


@command.command(
    example="lifecycle feature put clairdash dark-mode --stage beta --from-version 3.40.0"
)
@click.argument("product")
@click.argument("feature")
@click.argument("file", required=False, type=FILE)
@click.option("--name", help="What people call it; its key if left out.")
@click.option(
    "--tier",
    "tiers",
    multiple=True,
    help="A tier that has it; may be repeated. Those given replace those known.",
)
@click.option("--stage", type=click.Choice(STAGES), help="The stage it is in; others stay.")
@click.option("--from-version", metavar="VERSION", help="The first version of this stage.")
@click.option("--from-day", metavar="DAY", help="Or its first day, in every version.")
@click.option("--default", metavar="on|off|VALUE", help="What it is set to unless changed.")
@click.option(
    "--needs",
    "depends_on",
    multiple=True,
    metavar="KEY",
    help="A feature it rests on; may be repeated. Those given replace those known.",
)
@click.option("--public/--private", default=None, help="Whether public answers include it.")
@server_option
@format_option
def put(
    *,
    product: str,
    feature: str,
    file: Path | None,
    server: str | None,
    style: str,
    **values: Any,
) -> None:
    """Add FEATURE, or change what the options name of it.

    FILE (YAML or JSON, - for stdin) replaces all that is known of it; options override the file.
    It has name, stages, tiers, default, depends_on and public, as `lifecycle schema features`
    describes them. `lifecycle import features` takes a list of features.
    """
    stage, default = values.pop("stage"), values.pop("default")
    begins = chosen({name: values.pop(name) for name in ("from_version", "from_day")})
    if (stage is not None) != (len(begins) == 1):
        raise click.UsageError("--stage needs either --from-version or --from-day.")
    facts, revision, before = basis(lambda: reads.feature(server, product, feature), FIELDS, file)
    body = facts | chosen(values) | chosen({"default": _default(default)})
    warnings: list[str] = []
    if stage is not None:
        change, stages = {"stage": stage, **begins}, body.get("stages", [])
        warnings = stage_warnings(server, product, {"key": feature, "stages": stages}, change)
        body["stages"] = _with_stage(stages, change)
    with changing(server) as client:
        stored = client.put(_feature(product, feature), body, revision=revision)
    for warning in warnings:
        say(warning)
    hidden = "" if stored["public"] else "; it is not public"
    losses = dropped(before, stored, LISTS)
    report(stored, f"Feature {feature} of {product} is stored{hidden}.{losses}", style)


@command.command(example="lifecycle feature stage clairdash dark-mode ga --from-version 3.41.0")
@click.argument("product")
@click.argument("feature")
@click.argument("stage", metavar="STAGE", type=click.Choice(STAGES))
@click.option("--from-version", metavar="VERSION", help="From this version.")
@click.option("--from-day", metavar="DAY", help="Or from this day, in every version.")
@click.option("--default", type=click.Choice(["on", "off"]), help="Whether it is on in this stage.")
@server_option
@format_option
def stage(
    *,
    product: str,
    feature: str,
    default: str | None,
    server: str | None,
    style: str,
    **values: str | None,
) -> None:
    """Say from when FEATURE is in STAGE; its other stages stay as they are.

    STAGE is experimental, alpha, beta, preview, ga, deprecated or removed. The feature must be
    known: `lifecycle feature put` adds one.
    """
    if (values["from_version"] is None) == (values["from_day"] is None):
        raise click.UsageError("Give either --from-version or --from-day.")
    facts, revision, _ = basis(lambda: reads.feature(server, product, feature), FIELDS)
    if revision is None:
        raise _unknown(product, feature, reads.features(server, product).items)
    change = chosen({**values, "default": _default(default)})
    warnings = stage_warnings(server, product, {"key": feature, **facts}, change)
    facts["stages"] = _with_stage(facts["stages"], change)
    with changing(server) as client:
        stored = client.put(_feature(product, feature), facts, revision=revision)
    for warning in warnings:
        say(warning)
    report(stored, f"{feature} of {product}: {_stages(stored)}.", style)


@command.command(example="lifecycle feature remove clairdash dark-mode --yes")
@click.argument("product")
@click.argument("feature")
@yes_option
@server_option
@format_option
def remove(*, product: str, feature: str, yes: bool, server: str | None, style: str) -> None:
    """Remove FEATURE, which was entered by mistake; refused once it was promised or is used."""
    confirm(f"Remove the feature {feature} of {product}?", yes=yes)
    with changing(server) as client:
        client.delete(address := _feature(product, feature))
    report_gone(address, f"Feature {feature} of {product} is removed.", style)


def _feature(product: str, feature: str) -> str:
    return path(*PRODUCTS, product, "features", feature)


def _unknown(product: str, feature: str, features: Iterable[Mapping[str, Any]]) -> NotFound:
    near = nearest_words(feature, [row["key"] for row in features], likeness=LIKENESS)
    hint = did_you_mean(near) or "."
    return NotFound(f"{product} has no feature {feature!r}{hint} `lifecycle feature put` adds one.")


def _default(text: str | None) -> bool | str | None:
    """Read what a feature is set to.

    >>> _default("on"), _default("off"), _default("dark")
    (True, False, 'dark')
    """
    return {"on": True, "off": False}.get(text, text) if text else None


def _with_stage(
    stages: Sequence[Mapping[str, Any]], change: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """Put a stage in the place that it has, or else behind the others.

    >>> _with_stage([{"stage": "beta"}, {"stage": "ga"}], {"stage": "ga", "from_day": "2027-01-31"})
    [{'stage': 'beta'}, {'stage': 'ga', 'from_day': '2027-01-31'}]
    """
    if any(stage["stage"] == change["stage"] for stage in stages):
        return [change if stage["stage"] == change["stage"] else stage for stage in stages]
    return [*stages, change]


def _stages(feature: Mapping[str, Any]) -> str:
    return ", ".join(stage_text(stage) for stage in feature["stages"])


def _row(feature: Mapping[str, Any]) -> list[str]:
    tiers = "every tier" if feature["tiers"] is None else in_words(feature["tiers"])
    cells = [in_words(feature[name]) for name in ("key", "name", "stage")]
    return [*cells, tiers, _default_in_words(feature["default"])]


def _default_in_words(default: bool | str | None) -> str:  # noqa: FBT001 -- a feature's default is one
    """Write a default as `--default` and files take it.

    >>> _default_in_words(True), _default_in_words("dark"), _default_in_words(None)
    ('on', 'dark', '-')
    """
    return ("on" if default else "off") if isinstance(default, bool) else in_words(default)
