"""`lifecycle token`: who may do what."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from lifecycle.calendar.days import parse_day
from lifecycle.cli import reads
from lifecycle.cli.clock import now
from lifecycle.cli.connections import changing
from lifecycle.cli.deprecation_bodies import given
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.listings import Extent, list_options, show_listing
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import show_json
from lifecycle.cli.quietness import note_aside
from lifecycle.cli.resource_changes import report
from lifecycle.client.resource_paths import path
from lifecycle.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

DAYS = re.compile(r"([1-9]\d{0,4})d")
TOKENS = ("v1", "tokens")
SHOWN = 12
"""So many letters name a token; of a secret that is given whole, no more is sent."""
ALLOWED = "admin, publish, release, publish:PRODUCT,… or release:PRODUCT,…, or account:ACCOUNT"


@click.group("token", cls=Group)
def command() -> None:
    """Create, list and revoke the tokens that requests carry."""


@command.command(example="lifecycle token create --scope release --label 'release pipeline'")
@click.option("--scope", required=True, help=f"What it may do: {ALLOWED}.")
@click.option("--label", required=True, help="Who or what uses it, such as 'release pipeline'.")
@click.option(
    "--expires",
    metavar="DAY|90d",
    help="The first day on which it no longer works; it never expires if left out.",
)
@server_option
@format_option
def create(*, scope: str, label: str, expires: str | None, server: str | None, style: str) -> None:
    """Create a token and show it once."""
    until = _expiry(expires, now()).isoformat() if expires else None
    body = given({"scope": scope, "label": label, "expires_at": until})
    with changing(server) as client:
        token = client.post(path(*TOKENS), body)
    if style == "json":
        show_json(token)
    else:
        click.echo(token["secret"])
        note_aside("It is not shown again; only its hash is kept.")


@command.command("list", example="lifecycle token list")
@list_options
@server_option
@format_option
def list_(*, extent: Extent, server: str | None, style: str) -> None:
    """Show every token, without its secret."""
    listing = reads.tokens(server, extent)
    columns = ["id", "begins with", "scope", "label", "state", "last used"]
    show_listing(listing, style, columns, [_row(token) for token in listing.items])


@command.command(example="lifecycle token revoke 3")
@click.argument("token")
@server_option
@format_option
def revoke(*, token: str, server: str | None, style: str) -> None:
    """Revoke TOKEN, named by its number or its beginning as `token list` shows them."""
    with changing(server) as client:
        revoked = client.erase(path(*TOKENS, token[:SHOWN]))
    report(revoked, f"Token {revoked['id']} ({revoked['label']}) is revoked.", style)


def _expiry(text: str, made_at: datetime) -> datetime:
    """Read a day, or a number of days from now.

    >>> _expiry("2027-01-31", datetime(2026, 1, 1, tzinfo=UTC)).isoformat()
    '2027-01-31T00:00:00+00:00'
    """
    if match := DAYS.fullmatch(text):
        return made_at + timedelta(days=int(match[1]))
    try:
        day = parse_day(text)
    except BadRequest as error:
        raise BadRequest(
            f"--expires {text!r} is neither a day such as 2027-01-31 nor a number of days "
            "such as 90d."
        ) from error
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _row(token: Mapping[str, Any]) -> list[str]:
    names = [token["begins_with"], token["scope"], token["label"]]
    return [str(token["id"]), *names, _state(token), _minute(token["last_used_at"])]


def _state(token: Mapping[str, Any]) -> str:
    """Say whether a token works, and since or until when.

    >>> _state({"state": "expired", "expires_at": "2026-01-31T00:00:00Z", "revoked_at": None})
    'expired 2026-01-31'
    """
    if token["state"] == "revoked":
        return f"revoked {_day(token['revoked_at'])}"
    if token["expires_at"] is None:
        return str(token["state"])
    verb = "expires" if token["state"] == "valid" else "expired"
    return f"{verb} {_day(token['expires_at'])}"


def _day(moment: str) -> str:
    return moment.partition("T")[0]


def _minute(moment: str | None) -> str:
    """Show an instant of UTC to the minute.

    >>> _minute("2026-11-30T13:21:47.5Z")
    '2026-11-30 13:21Z'
    """
    return f"{moment[:16].replace('T', ' ')}Z" if moment else "never"
