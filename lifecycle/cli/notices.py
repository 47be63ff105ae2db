"""`lifecycle notices`: what an account was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli import account_reads as reads
from lifecycle.cli import short_ids
from lifecycle.cli.example_commands import Command
from lifecycle.cli.listings import Extent, list_options, show_listing
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import CONTROLS, in_words, show_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS = ("id", "notice", "about", "takes effect", "days left", "state", "sent", "acknowledged")


@click.command("notices", cls=Command, example="lifecycle notices hooli --limit 10")
@click.argument("account")
@click.argument("notice", required=False)
@list_options
@server_option
@format_option
def command(
    *, account: str, notice: str | None, extent: Extent, server: str | None, style: str
) -> None:
    """List the notices that ACCOUNT was sent, or show one with what changed since."""
    if notice is None:
        listing = reads.notices(server, account, extent)
        show_listing(listing, style, COLUMNS, _rows(listing.items))
        return
    answer = reads.notice(server, account, short_ids.notice(server, account, notice))
    if style == "json":
        show_json(answer)
    else:
        for line in (answer["notice"]["id"], answer["subject"], "", *answer["text"].splitlines()):
            click.echo(line.translate(CONTROLS))


def _rows(notices: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    ids = short_ids.shorten([notice["id"] for notice in notices])
    return [[uid, *_cells(notice)] for uid, notice in zip(ids, notices, strict=True)]


def _cells(notice: Mapping[str, Any]) -> list[str]:
    milestone = str(notice["milestone"])
    if notice["days_before"] is not None:
        milestone += f", {notice['days_before']} days before"
    is_over = bool(notice.get("withdrawn_on"))
    delivered = "never" if notice.get("not_sent") else in_words(notice["told_at"])[:10]
    return [
        milestone,
        str(notice["summary"]),
        "-" if is_over else in_words(notice["effective_on"]),
        in_words(notice["days_left"]),
        "withdrawn" if is_over else "stands",
        delivered,
        in_words(notice["acknowledged_at"])[:10],
    ]
