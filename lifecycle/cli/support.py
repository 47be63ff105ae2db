"""`lifecycle support`: what every tier gets for every line of a product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli import catalogue_reads as reads
from lifecycle.cli.example_commands import Command
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import CONTROLS, STYLES, show_json, show_table, terminal_width
from lifecycle.cli.promised_days import PROMISED, at_least

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDE = 100
"""The columns from which on a terminal has room for bars of time."""
LEAST_ROOM = 24
COVERED = PROMISED | {"planned", "unknown", "prerelease"}
BEGINNINGS = {
    "until": STYLES["supported"],
    "no": STYLES["supported"],
    "at": STYLES["supported"],
    "about": STYLES["supported"],
    "supported": STYLES["supported"],
    "ends": STYLES["ending"],
    "best": STYLES["best_effort"],
    "ended": STYLES["unsupported"],
    "planned": STYLES["planned"],
    "unknown": STYLES["unknown"],
}
"""The colours of cells by their first words."""


@click.command("support", cls=Command, example="lifecycle support clairdash --tier enterprise")
@click.argument("product")
@click.option("--tier", help="This tier only; every tier if left out.")
@click.option("--at", metavar="DAY", help="On this day (YYYY-MM-DD); today if left out.")
@click.option("--all", "every_line", is_flag=True, help="With lines that no tier covers now.")
@server_option
@format_option
def command(
    *,
    product: str,
    tier: str | None,
    at: str | None,
    every_line: bool,
    server: str | None,
    style: str,
) -> None:
    """Show what every tier gets for every line of PRODUCT; `status` says why.

    On a terminal of 100 columns or more, bars show from when until when.
    """
    answer = reads.support(server, product, tier=tier, at=at)
    if style == "json":
        show_json(answer)
    else:
        show(answer, every_line=every_line)


def show(answer: Mapping[str, Any], *, every_line: bool) -> None:
    """Print the matrix for people."""
    policy = answer["policy"]
    under = f", under {policy['name']} {policy['version']}" if policy else ""
    click.echo(f"{answer['product']} on {answer['at']}{under}".translate(CONTROLS))
    click.echo()
    covered = [line for line in answer["lines"] if _is_covered(line)]
    lines = answer["lines"] if every_line or not covered else covered
    tiers = list(dict.fromkeys(tier for line in answer["lines"] for tier in line["tiers"]))
    columns = ["line", "latest", *tiers]
    rows = [
        [_named(line), str(line["latest"] or "-"), *(cell_of(line["tiers"].get(t)) for t in tiers)]
        for line in lines
    ]
    bars = _bars([columns, *rows], lines, answer["at"]) if rows and tiers else None
    if bars is None:
        show_table(columns, rows, style_of)
    else:
        axis, drawn, key = bars
        show_table(
            [*columns, axis], [[*row, bar] for row, bar in zip(rows, drawn, strict=True)], style_of
        )
        click.echo(f"\n{key}")
    if not policy:
        click.echo(f"\n{without_policy(answer['product'])}".translate(CONTROLS | {10: "\n"}))
    if hidden := [line for line in answer["lines"] if line not in lines]:
        click.echo(f"\n{_left_out(hidden)}; --all shows them.")


def _left_out(hidden: Sequence[Mapping[str, Any]]) -> str:
    """Say how many lines are not shown; best effort is no promise, but something.

    >>> _left_out([{"tiers": {"pro": {"status": "unsupported"}}}] * 2)
    '2 more lines are covered by no tier'
    >>> _left_out([{"tiers": {"community": {"status": "best_effort"}}}])
    '1 more line is covered by no tier (community: best effort)'
    """
    noun = "line is" if len(hidden) == 1 else "lines are"
    helped = dict.fromkeys(
        tier
        for line in hidden
        for tier, support in line["tiers"].items()
        if support["status"] == "best_effort"
    )
    at_most = f" ({', '.join(helped)}: best effort)" if helped else ""
    return f"{len(hidden)} more {noun} covered by no tier{at_most}"


def without_policy(product: str) -> str:
    """Say why no tier is answered for, and how to change that.

    >>> without_policy("widget").partition(":")[0]
    'No policy is in force on this day, so there are no tiers'
    """
    return (
        "No policy is in force on this day, so there are no tiers: `lifecycle policy put "
        f"{product} policy.yaml` puts one in force, and `lifecycle policy presets` lists some to "
        "begin with."
    )


def _bars(
    rows: Sequence[Sequence[str]], lines: Sequence[Mapping[str, Any]], today: str
) -> tuple[str, list[str], str] | None:
    """Draw what a wide terminal has room for beside the table; None on others."""
    if terminal_width() < WIDE:
        return None
    from lifecycle.cli import time_bars  # noqa: PLC0415 -- narrow terminals have none

    room = terminal_width() - time_bars.room_of(rows)
    spans = [list(line["tiers"].values()) for line in lines]
    return time_bars.draw(spans, today=today, width=room) if room >= LEAST_ROOM else None


def _is_covered(line: Mapping[str, Any]) -> bool:
    return (
        any(support["status"] in COVERED for support in line["tiers"].values()) or not line["tiers"]
    )


def _named(line: Mapping[str, Any]) -> str:
    marks = [line["codename"], "LTS" if line["lts"] not in (None, False) else None]
    return " ".join([str(line["line"]), *filter(None, marks)])


def cell_of(support: Mapping[str, Any] | None) -> str:
    """Say what a tier gets in a few words.

    >>> cell_of({"status": "ending", "supported_until": "2027-01-13", "end": "fixed"})
    'ends 2027-01-13'
    >>> cell_of({"status": "supported", "supported_until": None, "end": "rule",
    ...        "projected_until": {"median": "2027-01-14"}})
    'about 2027-01-14'
    >>> cell_of({"status": "supported", "supported_until": None, "end": "rule",
    ...        "projected_until": {"median": "2027-01-14"}, "at_least_until": "2027-01-14"})
    'at least 2027-01-14'
    >>> cell_of({"status": "unsupported", "supported_until": None, "end": "unknown"})
    'ended'
    """
    if support is None:
        return "-"
    status, until = str(support["status"]), support["supported_until"]
    if status == "unsupported":
        over = "ended" if support["end"] == "unknown" else "-"  # never covered, if no end
        return f"ended {until}" if until else over
    if status not in PROMISED:
        return status.replace("_", " ")
    if until:
        return f"{'ends' if status == 'ending' else 'until'} {until}"
    if certain := at_least(support):
        return f"at least {certain}"
    if projected := support.get("projected_until"):
        return f"about {projected['median']}"
    return {"none": "no end", "unknown": "unknown end"}.get(str(support["end"]), status)


def style_of(cell: str) -> str | None:
    """Return the colour of what a tier gets, by the first word of its cell."""
    return BEGINNINGS.get(cell.partition(" ")[0])
