"""`lifecycle compare`: what an upgrade from one version to another meets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli import reads
from lifecycle.cli.deprecation_views import effective
from lifecycle.cli.example_commands import Command
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import CONTROLS, show_json, show_table
from lifecycle.cli.status import until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@click.command(
    "compare",
    cls=Command,
    example="lifecycle compare clairdash 3.34.2 3.39.1 --tier pro",
)
@click.argument("product")
@click.argument("lower", metavar="FROM")
@click.argument("higher", metavar="TO")
@click.option("--tier", help="What concerns this tier only; every tier if left out.")
@click.option("--at", metavar="DAY", help="On this day (YYYY-MM-DD); today if left out.")
@server_option
@format_option
def command(
    *,
    product: str,
    lower: str,
    higher: str,
    tier: str | None,
    at: str | None,
    server: str | None,
    style: str,
) -> None:
    """Show what an upgrade from one version to a higher one meets, and what comes after it."""
    answer = reads.comparison(server, product, lower, higher, tier=tier, at=at)
    if style == "json":
        show_json(answer)
    else:
        _show(answer)


def _show(answer: Mapping[str, Any]) -> None:
    lower, higher = answer["from"], answer["to"]
    tier = f" for {answer['tier']}" if answer["tier"] else ""
    way = f"{lower['version']} to {higher['version']}"
    _head(f"{answer['product']}, {way}{tier} on {answer['at']}")
    if answer["changes"]:
        columns = ["release", "out", "change", "in force", "instead"]
        show_table(columns, [_row(difference, columns) for difference in answer["changes"]])
    else:
        click.echo("No change is known between the two.")
    if answer["ahead"]:
        click.echo()
        _head(f"After {higher['version']}:")
        columns = ["in force", "change", "release", "instead"]
        show_table(columns, [_row(difference, columns) for difference in answer["ahead"]])
    click.echo()
    _head("Support:")
    versions = [lower] if lower["version"] == higher["version"] else [lower, higher]
    rows = [
        [str(version["version"]), tier_name, str(support["status"]), until(support)]
        for version in versions
        for tier_name, support in version["tiers"].items()
    ]
    show_table(["version", "tier", "status", "supported until"], rows)


def _head(text: str) -> None:
    click.echo(text.translate(CONTROLS))
    click.echo()


def _row(difference: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    cells = {
        "release": difference["version"],
        "out": difference["released_on"] or _planned(difference["planned_on"]),
        "change": difference["summary"],
        "in force": _in_force(difference),
        "instead": (difference["deprecation"] or {}).get("replacement"),
    }
    return [str(cells[column] or "-") for column in columns]


def _planned(day: str | None) -> str | None:
    return f"planned {day}" if day else None


def _in_force(difference: Mapping[str, Any]) -> str | None:
    """Say from which day a change is in force, where a day and not the release alone decides.

    >>> _in_force({"deprecation": None, "from_day": "2027-01-31"})
    '2027-01-31, in every version'
    >>> _in_force({"deprecation": {"days": {"pro": "2027-01-31"}}, "from_day": None})
    'pro 2027-01-31'
    """
    if difference["deprecation"]:
        return effective({"effective_on": difference["deprecation"]["days"]})
    return f"{difference['from_day']}, in every version" if difference["from_day"] else None
