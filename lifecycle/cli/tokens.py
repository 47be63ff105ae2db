"""`lifecycle token`: who may do what."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from lifecycle.accounts import queries, tokens
from lifecycle.accounts.scopes import ALLOWED
from lifecycle.calendar.days import parse_day
from lifecycle.catalogue.queries import all_slugs
from lifecycle.cli.clock import by_hand, now
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.local_commands import on_local_store
from lifecycle.cli.local_store import with_store
from lifecycle.cli.options import format_option
from lifecycle.cli.output import show_json, show_table
from lifecycle.errors import BadRequest

if TYPE_CHECKING:
    from lifecycle.accounts.models import Token
    from lifecycle.database import Store

DAYS = re.compile(r"([1-9]\d{0,4})d")
LOCAL = on_local_store(
    instead="An admin lists, makes and revokes the service's tokens at {server}/console/tokens."
)


@click.group("token", cls=Group)
def command() -> None:
    """Create, list and revoke the tokens that requests carry."""


@command.command()
@LOCAL
@click.option("--scope", required=True, help=f"What it may do: {ALLOWED}.")
@click.option("--label", required=True, help="Who or what uses it, such as 'release pipeline'.")
@click.option(
    "--expires",
    metavar="DAY|90d",
    help="The first day on which it no longer works; it never expires if left out.",
)
@format_option
def create(*, scope: str, label: str, expires: str | None, style: str) -> None:
    """Create a token and show it once."""
    by = by_hand()
    until = _expiry(expires, by.at) if expires else None

    async def work(store: Store) -> tuple[Token, str]:
        async with store.writing() as session:
            products = await all_slugs(session)
            return await tokens.create(
                session, label=label, scope=scope, by=by, expires_at=until, products=products
            )

    token, secret = with_store(work)
    if style == "json":
        show_json({**_document(token), "token": secret})
    else:
        click.echo(secret)
        click.echo("It is not shown again; only its hash is kept.", err=True)


@command.command("list")
@LOCAL
@format_option
def list_(*, style: str) -> None:
    """Show every token, without its secret."""

    async def work(store: Store) -> list[Token]:
        async with store.reading() as session:
            return await queries.list_tokens(session)

    tokens = with_store(work)
    if style == "json":
        show_json([_document(token) for token in tokens])
    else:
        show_table(
            ["id", "begins with", "scope", "label", "state", "last used"],
            [
                [
                    str(token.id),
                    token.prefix,
                    token.scope,
                    token.label,
                    _state(token),
                    _minute(token.last_used_at),
                ]
                for token in tokens
            ],
        )


@command.command()
@LOCAL
@click.argument("token")
def revoke(*, token: str) -> None:
    """Revoke TOKEN, named by its number or its beginning as `token list` shows them."""
    by = by_hand()

    async def work(store: Store) -> Token:
        async with store.writing() as session:
            return await tokens.revoke(session, token, by=by)

    revoked = with_store(work)
    click.echo(f"Token {revoked.id} ({revoked.label}) is revoked.")


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


def _state(token: Token) -> str:
    if token.revoked_at:
        return f"revoked {token.revoked_at.date()}"
    if token.expires_at:
        verb = "expired" if token.expires_at <= now() else "expires"
        return f"{verb} {token.expires_at.date()}"
    return "valid"


def _minute(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}Z" if moment else "never"


def _document(token: Token) -> dict[str, object]:
    names = ("created_at", "expires_at", "last_used_at", "revoked_at")
    moments = {name: getattr(token, name) for name in names}
    return {
        "id": token.id,
        "begins_with": token.prefix,
        "scope": token.scope,
        "label": token.label,
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
    }
