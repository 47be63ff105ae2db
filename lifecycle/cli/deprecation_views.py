"""Deprecations for people: a line each, one in full, its preview, its reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli.output import CONTROLS, show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TITLES = {"told": "notified", "not_told": "not notified", "told_on": "notified on"}
"""What people read in place of a field's name."""


def show(found: Mapping[str, Any], style: str) -> None:
    """Print one deprecation."""
    if style == "json":
        show_json(found)
        return
    _say(f"{found['id']}  {found['status']}")
    _say(f"{found['product']}: {words(found['kind'])} of {subject(found)}")
    if found.get("reason"):
        _say(f"because: {found['reason']}")
    if found.get("announced_on"):
        _say(f"announced on {found['announced_on']}")
    elif found.get("announce_on"):
        _say(f"announces itself on {found['announce_on']}")
    _say(f"effective: {effective(found)}")
    for revision in found.get("revisions") or []:
        told = f"{revision['number']}. {revision['change']} on {revision['on_day']}"
        _say(f"  {told}: {revision['reason']}" if revision["reason"] else f"  {told}")


def table(found: Iterable[Mapping[str, Any]]) -> None:
    """Print a line for each deprecation."""
    columns = ["id", "product", "kind", "what", "status", "effective"]
    rows = [
        [
            str(each["id"]),
            str(each["product"]),
            str(each["kind"]),
            subject(each),
            str(each["status"]),
            effective(each),
        ]
        for each in found
    ]
    show_table(columns, rows)


def preview(found: Mapping[str, Any], *, announced: bool, notices: bool) -> None:
    """Print when it may take effect, whom it affects and, if wished, what they will read."""
    rows = [
        [
            str(owed["tier"]),
            str(owed["earliest"]),
            str(owed.get("period") or "-"),
            str(owed.get("rule") or owed.get("policy") or ""),
        ]
        for owed in found["earliest"]
    ]
    show_table(["tier", "earliest day", "owed", "under"], rows)
    if rows:
        joint = max(str(owed["earliest"]) for owed in found["earliest"])
        click.echo()
        _say(f"The earliest day for all tiers together: {joint}.")
    on, days = found["announced_on"], effective(found)
    _say(
        f"Announced on {on}, it takes effect on {days}."
        if announced
        else f"If announced on {on}, it takes effect on {days}."
    )
    if found["refused"]:
        _say(f"This would be refused without a waiver: {found['refused']}")
    click.echo()
    counts = [
        [str(each["tier"]), str(each["affected"]), str(each["possibly"])] for each in found["tiers"]
    ]
    show_table(["tier", "affected", "possibly"], counts)
    _preview_accounts(found)
    for notice in found["notices"] if notices else ():
        click.echo()
        _say(f"--- {notice['milestone']}, {notice['due_on']}: {notice['subject']}")
        click.echo(notice["text"])


def _preview_accounts(found: Mapping[str, Any]) -> None:
    names = ("account", "tier", "affected", "effective_on")
    whys = ("why_possibly", "why_not")
    rows = [
        [_cell(each.get(name)) for name in names] + [words(_cell(each.get(why))) for why in whys]
        for each in found["accounts"]
    ]
    if rows:
        click.echo()
        show_table([words(name) for name in (*names, *whys)], rows)
    if more := found["total"] - len(rows):
        click.echo(f"and {more:,} more accounts; the API lists them page by page.")


def reach(found: Mapping[str, Any]) -> None:
    """Print the counts, and a line for each account."""
    counts = ("told", "not_told", "acknowledged", "moved")
    click.echo(
        ", ".join(f"{found[name]} {_TITLES.get(name, words(name))}" for name in counts) + ".\n"
    )
    names = ("account", "tier", "affected", "told_on", "days_of_notice", "promised_days")
    more = ("acknowledged_at", "moved_on", "why_not")
    rows = [[_cell(each.get(name)) for name in (*names, *more)] for each in found["accounts"]]
    columns = [_TITLES.get(name, words(name)) for name in (*names, *more)]
    if rows:
        show_table(columns, rows)


def subject(found: Mapping[str, Any]) -> str:
    """Say what a deprecation is about.

    >>> subject({"lines": ["3.34", "3.35"]}), subject({"feature": "rest-v1"})
    ('3.34, 3.35', 'rest-v1')
    """
    if found.get("lines"):
        return ", ".join(found["lines"])
    named = found.get("range") or found.get("feature")
    return str(named) if named else "the whole product"


def effective(found: Mapping[str, Any]) -> str:
    """Say on which day it takes effect, once where all tiers have the same.

    >>> effective({"effective_on": {"pro": "2027-01-14", "enterprise": "2027-04-14"}})
    'pro 2027-01-14, enterprise 2027-04-14'
    >>> effective({"effective_on": {"pro": "2027-01-14", "enterprise": "2027-01-14"}})
    '2027-01-14 (pro, enterprise)'
    """
    days = found.get("effective_on")
    if isinstance(days, dict) and len(days) > 1 and len(set(days.values())) == 1:
        return f"{next(iter(days.values()))} ({', '.join(days)})"
    if isinstance(days, dict):
        return ", ".join(f"{tier} {day}" for tier, day in days.items())
    return str(days) if days else "the earliest permissible day"


def words(name: str) -> str:
    """Write a name as words.

    >>> words("end_of_support")
    'end of support'
    """
    return name.replace("_", " ")


def _cell(value: Any) -> str:
    return "-" if value is None else str(value)


def _say(text: str) -> None:
    click.echo(text.translate(CONTROLS))
