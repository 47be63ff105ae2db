"""`lifecycle subscription`: where accounts want their notices."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
import msgspec

from lifecycle.calendar.days import NoSuchDay, parse_day
from lifecycle.cli import reads, short_ids
from lifecycle.cli.connections import changing
from lifecycle.cli.deliveries import WAITING
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.listings import Extent, list_options, show_listing
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import show_json
from lifecycle.cli.quietness import note_aside
from lifecycle.cli.resource_changes import report_gone
from lifecycle.client.resource_paths import path
from lifecycle.documents.storable_text import shown
from lifecycle.errors import BadRequest
from notifications.channels import CHANNELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@click.group("subscription", cls=Group)
def command() -> None:
    """Manage where an account gets its notices."""


@command.command(example="lifecycle subscription add hooli email ops@hooli.example")
@click.argument("account")
@click.argument("channel", type=click.Choice(tuple(CHANNELS)), metavar="CHANNEL")
@click.argument("address")
@click.option(
    "--topic",
    "topics",
    multiple=True,
    metavar="TOPIC",
    help="`product:SLUG`, may be repeated; everything if left out.",
)
@click.option("--confirmed", is_flag=True, help="You vouch for this e-mail address.")
@server_option
@format_option
def add(
    *,
    account: str,
    channel: str,
    address: str,
    topics: tuple[str, ...],
    confirmed: bool,
    server: str | None,
    style: str,
) -> None:
    """Send ACCOUNT's notices to ADDRESS; a webhook's secret is shown only this once.

    CHANNEL is email, webhook, or one for chats; the manual lists them: lifecycle help notices.
    """
    body: dict[str, Any] = {"channel": channel, "address": address, "topics": topics or ("*",)}
    if confirmed:
        body["confirmed"] = True
    with changing(server) as client:
        subscription = client.post(path("v1", "accounts", account, "subscriptions"), body)
    _show(subscription, style)


@command.command("list", example="lifecycle subscription list hooli")
@click.argument("account")
@list_options
@server_option
@format_option
def list_(*, account: str, extent: Extent, server: str | None, style: str) -> None:
    """Show where ACCOUNT gets its notices, without secrets."""
    listing = reads.subscriptions(server, account, extent)
    ids = short_ids.shorten([subscription["id"] for subscription in listing.items])
    rows = [
        [
            uid,
            *(str(subscription[name]) for name in ("channel", "address", "state")),
            ", ".join(subscription["topics"]),
            str(subscription.get("disabled_reason") or ""),
        ]
        for uid, subscription in zip(ids, listing.items, strict=True)
    ]
    show_listing(listing, style, ["id", "channel", "address", "state", "topics", "why"], rows)


@command.command(example="lifecycle subscription remove hooli 3f9a2c")
@click.argument("account")
@click.argument("subscription", metavar="ID")
@server_option
@format_option
def remove(*, account: str, subscription: str, server: str | None, style: str) -> None:
    """Send ACCOUNT no more notices at this address."""
    with changing(server) as client:
        client.delete(address := path(*_names(server, account, subscription)))
    report_gone(address, f"Subscription {subscription} of {account} is removed.", style)


@command.command(example="lifecycle subscription test hooli 3f9a2c")
@click.argument("account")
@click.argument("subscription", metavar="ID")
@server_option
@format_option
def test(*, account: str, subscription: str, server: str | None, style: str) -> None:
    """Send a test message there; `lifecycle deliveries list --account A` shows its fate."""
    with changing(server) as client:
        delivery = client.post(path(*_names(server, account, subscription), "test"))
    if style == "json":
        show_json(delivery)
    else:
        click.echo(
            f"A test message is queued as delivery {delivery['id']}; "
            f"`lifecycle deliveries list --account {account}` shows what becomes of it."
        )


@command.command(example="lifecycle subscription rotate hooli 3f9a2c")
@click.argument("account")
@click.argument("subscription", metavar="ID")
@server_option
@format_option
def rotate(*, account: str, subscription: str, server: str | None, style: str) -> None:
    """Give a webhook a new secret; the former one stays valid for a day."""
    with changing(server) as client:
        _show(client.post(path(*_names(server, account, subscription), "rotate")), style)


@command.command(example="lifecycle subscription enable hooli 3f9a2c")
@click.argument("account")
@click.argument("subscription", metavar="ID")
@server_option
@format_option
def enable(*, account: str, subscription: str, server: str | None, style: str) -> None:
    """Re-enable a subscription and send one catch-up per deprecation."""
    with changing(server) as client:
        _show(client.post(path(*_names(server, account, subscription), "enable")), style)


@command.command(example="lifecycle subscription pause hooli 3f9a2c")
@click.argument("account")
@click.argument("subscription", metavar="ID")
@server_option
@format_option
def pause(*, account: str, subscription: str, server: str | None, style: str) -> None:
    """Hold what would be delivered there until it is resumed."""
    with changing(server) as client:
        _show(client.post(path(*_names(server, account, subscription), "pause")), style)


@command.command(example="lifecycle subscription resume hooli 3f9a2c")
@click.argument("account")
@click.argument("subscription", metavar="ID")
@server_option
@format_option
def resume(*, account: str, subscription: str, server: str | None, style: str) -> None:
    """Deliver there again, starting with one catch-up per deprecation."""
    with changing(server) as client:
        _show(client.post(path(*_names(server, account, subscription), "resume")), style)


@command.command(example="lifecycle subscription resend hooli 3f9a2c --since 2026-11-01")
@click.argument("account")
@click.argument("subscription", metavar="ID")
@click.option("--delivery", type=click.IntRange(min=1), help="This one, by its number.")
@click.option("--since", metavar="DAY|TIME", help="All since this day in UTC, or this timestamp.")
@server_option
@format_option
def resend(
    *,
    account: str,
    subscription: str,
    delivery: int | None,
    since: str | None,
    server: str | None,
    style: str,
) -> None:
    """Send a notice there again, or all since a moment, under the ids they had."""
    if (delivery is None) == (since is None):
        raise click.UsageError("Give either --delivery or --since.")
    body = {"delivery": delivery} if since is None else {"since": _start(since)}
    names = _names(server, account, subscription)
    with changing(server) as client:
        answer = client.post(path(*names, "resend"), body)
    if style == "json":
        show_json(answer)
    else:
        count = answer["count"]
        click.echo(f"{count} notice{' goes' if count == 1 else 's go'} out again.")
        if not count:
            waiting = reads.deliveries(server, state=WAITING, account=account).items
            click.echo(
                _why_none(
                    [delivery for delivery in waiting if delivery["subscription"] == names[-1]]
                )
            )


def _why_none(waiting: Sequence[Mapping[str, Any]]) -> str:
    """Say why nothing is sent again to an address, of which these deliveries wait.

    >>> _why_none([{"due_at": "2026-11-30T20:13:45Z"}])
    '1 is still waiting, and is tried by itself at 2026-11-30 20:13 UTC.'
    >>> _why_none([])
    'Nothing was sent there since then that would still be sent today.'
    """
    if not waiting:
        return "Nothing was sent there since then that would still be sent today."
    first = min(str(delivery["due_at"]) for delivery in waiting)[:16].replace("T", " ")
    if len(waiting) == 1:
        return f"1 is still waiting, and is tried by itself at {first} UTC."
    return f"{len(waiting)} are still waiting, and are tried by themselves from {first} UTC."


def _start(text: str) -> str:
    """Return the timestamp at which a day begins in UTC; a timestamp is left as it is.

    >>> _start("2026-11-01"), _start("2026-11-01T08:00:00+01:00")
    ('2026-11-01T00:00:00Z', '2026-11-01T08:00:00+01:00')
    >>> _start("Tomorrow")
    Traceback (most recent call last):
    lifecycle.errors.BadRequest: --since 'Tomorrow' is neither a day, such as 2026-11-01, nor a \
timestamp with its offset, such as 2026-11-01T08:00:00Z.
    """
    with suppress(NoSuchDay):
        return f"{parse_day(text, field='--since').isoformat()}T00:00:00Z"
    with suppress(msgspec.ValidationError):
        if msgspec.convert(text, datetime).tzinfo is not None:
            return text
    raise BadRequest(
        f"--since {shown(text)!r} is neither a day, such as 2026-11-01, nor a timestamp with its "
        "offset, such as 2026-11-01T08:00:00Z."
    )


def _names(server: str | None, account: str, subscription: str) -> tuple[str, ...]:
    """Return the names that lead to a subscription, which may be named by its id's beginning."""
    uid = short_ids.subscription(server, account, subscription)
    return ("v1", "accounts", account, "subscriptions", uid)


def _show(answer: Any, style: str) -> None:
    if style == "json":
        show_json(answer)
        return
    click.echo(f"{answer['id']}  {answer['channel']} {answer['address']}: {answer['state']}")
    if answer.get("secret"):
        click.echo(answer["secret"])
        note_aside("The secret is not shown again.")
    elif answer["state"] == "pending":
        note_aside("It gets notices once the link in the message sent there has been used.")
