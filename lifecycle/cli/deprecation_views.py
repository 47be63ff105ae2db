"""Deprecations for people: a line each, one in full, its preview, its reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli.output import CONTROLS, show_json, show_table
from lifecycle.cli.short_ids import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS = ("id", "product", "kind", "what", "status", "effective")
REACH_COLUMNS = (
    *("account", "tier", "affected", "notified"),
    *("days", "owed", "read", "moved", "why not"),
)
_TITLES = {
    "told": "notified",
    "not_told": "not notified",
}
"""What people read in place of a field's name."""
_OPTIONAL = {
    "from_version": "comes with",
    "migration": "what to do",
    "replacement": "replacement",
}


def show(deprecation: Mapping[str, Any], style: str) -> None:
    """Print one deprecation."""
    if style == "json":
        show_json(deprecation)
        return
    say(f"{deprecation['id']}  {deprecation['status']}")
    say(f"{deprecation['product']}: {words(deprecation['kind'])} of {subject(deprecation)}")
    if deprecation.get("reason"):
        say(f"because: {deprecation['reason']}")
    if deprecation.get("announced_on"):
        say(f"announced on {deprecation['announced_on']}")
    elif deprecation.get("announce_on"):
        say(f"announces itself on {deprecation['announce_on']}")
    if deprecation["status"] != "withdrawn":
        say(f"effective: {effective(deprecation)}")
    _show_rest(deprecation)
    for revision in deprecation.get("revisions") or []:
        line = f"{revision['number']}. {words(revision['change'])} on {revision['on_day']}"
        say(f"  {line}: {revision['reason']}" if revision["reason"] else f"  {line}")


def _show_rest(deprecation: Mapping[str, Any]) -> None:
    """Print what need not be set, as far as it is."""
    if deprecation.get("tiers"):
        say(f"tiers: {', '.join(deprecation['tiers'])}")
    for name, title in _OPTIONAL.items():
        if deprecation.get(name):
            say(f"{title}: {deprecation[name]}")
    for link in deprecation.get("links") or []:
        title = f"{link['title']}, " if link.get("title") else ""
        say(f"link: {title}{link['url']}")


def rows(deprecations: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Give the cells of each deprecation's line."""
    ids = shorten([deprecation["id"] for deprecation in deprecations])
    return [
        [
            uid,
            str(deprecation["product"]),
            words(str(deprecation["kind"])),
            subject(deprecation),
            str(deprecation["status"]),
            _effective_now(deprecation),
        ]
        for uid, deprecation in zip(ids, deprecations, strict=True)
    ]


def preview(answer: Mapping[str, Any], *, announced: bool, notices: bool) -> None:
    """Print when it may take effect, whom it affects and, if wished, what they will read."""
    rows = [
        [
            str(owed["tier"]),
            str(owed["earliest"]),
            str(owed.get("period") or "-"),
            str(owed.get("rule") or owed.get("policy") or ""),
        ]
        for owed in answer["earliest"]
    ]
    show_table(["tier", "earliest day", "owed", "under"], rows)
    if rows:
        joint = max(str(owed["earliest"]) for owed in answer["earliest"])
        click.echo()
        say(f"The earliest day for all tiers together: {joint}.")
    on, days = answer["announced_on"], effective(answer)
    say(
        f"Announced on {on}, it takes effect on {days}."
        if announced
        else f"If announced on {on}, it takes effect on {days}."
    )
    if answer["refused"]:
        say(f"This would be refused without a waiver: {answer['refused']}")
    click.echo()
    counts = [
        [str(tier[name]) for name in ("tier", "affected", "possibly", "unreachable")]
        for tier in answer["tiers"]
    ]
    show_table(["tier", "affected", "possibly", "cannot be notified"], counts)
    _preview_accounts(answer)
    for notice in answer["notices"] if notices else ():
        click.echo()
        say(f"--- {notice['milestone']}, {notice['due_on']}: {notice['subject']}")
        click.echo(notice["text"])


def _preview_accounts(answer: Mapping[str, Any]) -> None:
    names = ("account", "tier", "affected", "effective_on")
    whys = ("why_possibly", "why_not")
    rows = [
        [_cell(account.get(name)) for name in names]
        + [words(_cell(account.get(why))) for why in whys]
        for account in answer["accounts"]
    ]
    if rows:
        click.echo()
        show_table([words(name) for name in (*names, *whys)], rows)
    if more := answer["total"] - len(rows):
        click.echo(f"and {more:,} more accounts; the API lists them page by page.")


def reach(answer: Mapping[str, Any]) -> None:
    """Print the counts, and a line for each account."""
    counts = ("told", "not_told", "acknowledged", "moved")
    click.echo(
        ", ".join(f"{answer[name]} {_TITLES.get(name, words(name))}" for name in counts) + ".\n"
    )
    if answer["accounts"]:
        show_table(REACH_COLUMNS, [_reached(account) for account in answer["accounts"]])


def _reached(account: Mapping[str, Any]) -> list[str]:
    """Give the cells of an account's line."""
    names = ("account", "tier", "affected", "told_on", "days_of_notice", "promised_days")
    read_at = account.get("acknowledged_at")
    return [
        *(_cell(account.get(name)) for name in names),
        _cell(read_at and str(read_at)[:10]),
        _cell(account.get("moved_on")),
        _cell(account.get("why_not") or account.get("pending")),
    ]


def subject(deprecation: Mapping[str, Any]) -> str:
    """Say what a deprecation is about.

    >>> subject({"lines": ["3.34", "3.35"]}), subject({"feature": "rest-v1"})
    ('3.34, 3.35', 'rest-v1')
    """
    if deprecation.get("lines"):
        return ", ".join(deprecation["lines"])
    named = deprecation.get("range") or deprecation.get("feature")
    return str(named) if named else "the whole product"


def effective(deprecation: Mapping[str, Any]) -> str:
    """Say on which day it takes effect, once where all tiers have the same.

    >>> effective({"effective_on": {"pro": "2027-01-14", "enterprise": "2027-04-14"}})
    'pro 2027-01-14, enterprise 2027-04-14'
    >>> effective({"effective_on": {"pro": "2027-01-14", "enterprise": "2027-01-14"}})
    '2027-01-14 (pro, enterprise)'
    """
    days = deprecation.get("effective_on")
    if isinstance(days, dict) and len(days) > 1 and len(set(days.values())) == 1:
        return f"{next(iter(days.values()))} ({', '.join(days)})"
    if isinstance(days, dict):
        return ", ".join(f"{tier} {day}" for tier, day in days.items())
    return str(days) if days else "the earliest permissible day"


def _effective_now(deprecation: Mapping[str, Any]) -> str:
    """Say on which day it takes effect, if it will.

    >>> _effective_now({"status": "withdrawn", "effective_on": {"pro": "2027-01-14"}})
    '-'
    """
    if deprecation["status"] == "withdrawn":
        return "-"
    return effective(deprecation) if deprecation.get("effective_on") else "not fixed yet"


def words(name: str) -> str:
    """Write a name as words.

    >>> words("end_of_support")
    'end of support'
    """
    return name.replace("_", " ")


def _cell(value: Any) -> str:
    return "-" if value is None else str(value)


def say(text: str) -> None:
    """Print a sentence, without what a terminal would obey."""
    click.echo(text.translate(CONTROLS))
