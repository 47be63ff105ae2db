"""`lifecycle status`: one version's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli import reads
from lifecycle.cli.example_commands import Command
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import show_json, show_table
from lifecycle.cli.promised_days import PROMISED, at_least
from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.command("status", cls=Command, example="lifecycle status clairdash 3.35.2 --tier enterprise")
@click.argument("product")
@click.argument("version")
@click.option("--tier", help="This tier only; every tier if left out.")
@click.option("--at", metavar="DAY", help="On this day (YYYY-MM-DD); today if left out.")
@server_option
@format_option
def command(
    *,
    product: str,
    version: str,
    tier: str | None,
    at: str | None,
    server: str | None,
    style: str,
) -> None:
    """Say whether a version is supported, until when, and why.

    The name of a line shows the line. Exits 0 whatever the answer is, and 2 when there is none.
    """
    try:
        answer = reads.status(server, product, version, tier, at)
    except LifecycleError as error:
        line = error.members.get("line")
        if not isinstance(line, dict):
            raise
        error.detail = _without_member(error.detail, line["line"], shown=style == "text")
        named = line.get("line") in (version, version.removeprefix("v"))
        if style == "text":
            _show_line(product, line)
        elif named:
            show_json({"product": product, **line})
        if named:
            return
        raise
    if style == "json":
        show_json(answer)
    else:
        show(answer)


def _without_member(detail: str, line: str, *, shown: bool) -> str:
    """Point at the answers above instead of at the document's member, which no terminal shows."""
    above = "; its answers are above." if shown else "."
    return detail.replace(
        f"Its line {line} is known: see 'line'.", f"Its line, {line}, is known{above}"
    )


def _show_line(product: str, line: Mapping[str, Any]) -> None:
    """Print what holds for the line of a version that nobody knows."""
    click.echo(f"{product}, line {line['line']} on {line['at']}")
    _show_tiers(line["tiers"])


def show(answer: Mapping[str, Any]) -> None:
    """Print an answer for people: what it is about, and a row a tier."""
    click.echo(_heading(answer))
    tiers = answer["tiers"] if "tiers" in answer else {answer.get("tier") or "": answer}
    _show_tiers(tiers)


def _show_tiers(tiers: Mapping[str, Mapping[str, Any]]) -> None:
    if not tiers:
        click.echo(
            "No policy says what is promised; `lifecycle policy put` enters one, and"
            " `lifecycle policy presets` lists some to begin with."
        )
        return
    click.echo()
    columns = ["tier", "status", "supported until", "upgrade to", "reason"]
    show_table(columns, [_row(tier, answer) for tier, answer in tiers.items()])


def _heading(answer: Mapping[str, Any]) -> str:
    line = f" (line {answer['line']})" if answer.get("line") else ""
    policy = answer.get("policy")
    under = f", under {policy['name']} {policy['version']}" if policy else ""
    return f"{answer['product']} {answer['version']}{line} on {answer['at']}{under}"


def _row(tier: str, answer: Mapping[str, Any]) -> list[str]:
    return [
        tier,
        str(answer["status"]),
        until(answer),
        _upgrade(answer.get("upgrade_to") or {}),
        str(answer.get("reason") or ""),
    ]


def _upgrade(upgrade: Mapping[str, Any]) -> str:
    """Name where to go, and what is newer and not covered.

    >>> _upgrade({"patch": "20.9.1", "newest": "22.3.0", "uncovered": "23.1.0"})
    '20.9.1, 22.3.0 (23.1.0 is not covered)'
    """
    named = dict.fromkeys(filter(None, (upgrade.get("patch"), upgrade.get("newest"))))
    uncovered = f"({upgrade['uncovered']} is not covered)" if upgrade.get("uncovered") else ""
    return " ".join(filter(None, (", ".join(named), uncovered)))


def until(answer: Mapping[str, Any]) -> str:
    """Say until when, in the words of the answer's kind of end.

    >>> until({"end": "fixed", "supported_until": "2027-01-13"})
    '2027-01-13'
    >>> until({"end": "rule", "projected_until": {"earliest": "1", "median": "2", "latest": "3"}})
    'about 2 (1 to 3)'
    >>> until({"end": "rule", "projected_until": {"earliest": "2", "median": "2", "latest": "2"}})
    'about 2'
    >>> until({"end": "rule", "projected_until": {"median": "2"}, "at_least_until": "2"})
    'at least 2'
    """
    if answer.get("supported_until"):
        return str(answer["supported_until"])
    if certain := at_least(answer):
        return f"at least {certain}"
    projected = answer.get("projected_until")
    if projected and projected["earliest"] == projected["latest"]:
        return f"about {projected['median']}"
    if projected:
        return "about {median} ({earliest} to {latest})".format(**projected)
    if answer["status"] not in PROMISED:
        return "-"
    words = {"rule": "newer ones come out", "none": "no end", "unknown": "not declared"}
    return words.get(str(answer.get("end")), "-")
