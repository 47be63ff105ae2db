"""What a policy would change, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli.output import show_table
from lifecycle.cli.refusals import say
from lifecycle.cli.status import until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Diff = dict[str, Any]
SHOWN = 20


def tell(diff: Diff) -> None:
    """Print who gains, who would lose, and what an earlier promise keeps."""
    click.echo(_beginning(diff))
    if diff["step"] == "unchanged":
        return
    have = "has" if diff["accounts"] == 1 else "have"
    count = _counted(diff["accounts"], "account")
    click.echo(f"{count} {have} a tier for which something changes.")
    click.echo()
    show_table(
        ["tier", "accounts", "gains", "loses", "kept", "notice periods"],
        [_tier(tier) for tier in diff["tiers"]],
    )
    is_first = diff["succeeds"] is None
    gain = "What it promises" if is_first else "Who gains"
    _lines(gain, "Nobody gains anything.", diff["gains"], "now", "then")
    if not is_first:
        _lines("Who would lose", "Nobody loses support.", diff["losses"], "now", "then")
    kept_heading = "What the promises of earlier policies keep, which this one alone would not give"
    _lines(kept_heading, "", diff["kept"], "by this policy alone", "with the promise")
    _lines("Other changes", "", diff["others"], "now", "then")
    _ends(diff["implied_ends"])
    _periods(diff["periods"])
    _words(diff["words"])
    for warning in diff["warnings"]:
        say(f"Warning: {warning}")


def _beginning(diff: Diff) -> str:
    version, day = diff["version"], diff["in_force_from"]
    return {
        "unchanged": f"Version {version} stands already; nothing would change.",
        "first": f"Version {version} is the first policy of {diff['product']}, from {day}.",
        "replaces": f"Version {version} replaces what stands under that version, from {day}.",
    }.get(diff["step"], f"Version {version} succeeds version {diff['succeeds']} on {day}.")


def _tier(tier: Mapping[str, Any]) -> list[str]:
    mark = " (new)" if tier["is_new"] else " (dropped)" if tier["is_dropped"] else ""
    periods = [f"{tier[name]} {name}" for name in ("longer", "shorter") if tier[name]]
    counts = [_counted(tier[name], "line") for name in ("gains", "losses", "kept")]
    return [f"{tier['tier']}{mark}", f"{tier['accounts']:,}", *counts, ", ".join(periods) or "-"]


def _lines(
    heading: str, none: str, cells: Sequence[Mapping[str, Any]], before: str, after: str
) -> None:
    if not cells and not none:
        return
    click.echo()
    if not cells:
        click.echo(none)
        return
    click.echo(f"{heading}:")
    show_table(
        ["line", "tier", before, after],
        [
            [cell["line"], cell["tier"], _support(cell["before"]), _support(cell["after"])]
            for cell in cells[:SHOWN]
        ],
    )
    _more(cells)


def _support(answer: Mapping[str, Any] | None) -> str:
    """Say how something is supported and until when, or when its support ended.

    >>> _support({"status": "supported", "supported_until": "2027-01-13"})
    'supported until 2027-01-13'
    >>> _support({"status": "unsupported", "supported_until": "2026-08-15"})
    'ended 2026-08-15'
    """
    if answer is None:
        return "-"
    status, end = str(answer["status"]).replace("_", " "), until(answer)
    if end == "-":
        return status
    if answer.get("supported_until") and answer["status"] == "unsupported":
        return f"ended {end}"
    return f"{status} until {end}" if answer.get("supported_until") else f"{status}, {end}"


def _ends(ends: Sequence[Mapping[str, Any]]) -> None:
    if not ends:
        return
    click.echo("\nEnds of support that would follow without a notice:")
    show_table(
        ["line", "tier", "first day without"],
        [[end["line"], end["tier"], end["effective_on"]] for end in ends[:SHOWN]],
    )
    _more(ends)


def _periods(periods: Sequence[Mapping[str, Any]]) -> None:
    if not periods:
        return
    click.echo("\nNotice periods; what exists by then keeps the longer one:")
    show_table(
        ["before", "tier", "now", "then", ""],
        [
            [
                *(period[name] for name in ("change", "tier", "before", "after")),
                {True: "shorter", False: "longer"}.get(period["is_shorter"], ""),
            ]
            for period in periods
        ],
    )


def _words(words: Sequence[Mapping[str, Any]]) -> None:
    if not words:
        return
    click.echo("\nIn words:")
    for difference in words:
        click.echo(f"{difference['part']}:")
        for sentence in difference["gone"]:
            click.echo(f"  - {sentence}")
        for sentence in difference["new"]:
            click.echo(f"  + {sentence}")


def _more(listed: Sequence[object]) -> None:
    if len(listed) > SHOWN:
        click.echo(f"and {len(listed) - SHOWN:,} more")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
