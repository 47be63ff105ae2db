"""`lifecycle deprecation`: from the draft to the proof that everybody was told."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli import deprecation_bodies as bodies
from lifecycle.cli import deprecation_views as views
from lifecycle.cli import reads
from lifecycle.cli.connections import connect
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import show_json
from lifecycle.cli.reads import DEPRECATIONS
from lifecycle.client import Refused
from lifecycle.client.resource_paths import path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


WAIT = "Wait until everything due has been tried; by default only on a terminal."


@click.group("deprecation", cls=Group)
def command() -> None:
    """Draft, preview, announce, amend and withdraw deprecations; see their reach."""


@command.command()
@click.argument("file", required=False, type=bodies.FILE)
@bodies.content_options
@click.option("--product", help="The product that changes.")
@click.option("--kind", type=click.Choice(bodies.KINDS), help="What changes.")
@click.option("--from-version", metavar="VERSION", help="The version that brings the change.")
@server_option
@format_option
def draft(*, file: Path | None, server: str | None, style: str, **values: Any) -> None:
    """Draft a deprecation from FILE (YAML or JSON), from options, or from both.

    Nobody is notified. Options override the file.
    """
    body = {**(bodies.read(file) if file else {}), **bodies.content(values)}
    with connect(server) as client:
        deprecation = client.post(path(*DEPRECATIONS), body)
    views.show(deprecation, style)


@command.command("list")
@click.option("--product", help="Of this product only.")
@click.option("--status", type=click.Choice(bodies.STATUSES), help="In this state only.")
@server_option
@format_option
def list_(*, product: str | None, status: str | None, server: str | None, style: str) -> None:
    """Show every deprecation, drafts included."""
    page = reads.deprecations(server, product=product, status=status)
    if style == "json":
        show_json(page)
    else:
        views.table(page)


@command.command()
@click.argument("deprecation")
@server_option
@format_option
def show(*, deprecation: str, server: str | None, style: str) -> None:
    """Show a deprecation with all its revisions."""
    views.show(reads.deprecation(server, deprecation), style)


@command.command()
@click.argument("deprecation")
@click.option("--notices", is_flag=True, help="With every notice as it will be sent.")
@server_option
@format_option
def preview(*, deprecation: str, notices: bool, server: str | None, style: str) -> None:
    """Show when it may take effect, whom it affects, and what they will read; nothing is sent."""
    answer = reads.preview(server, deprecation)
    if style == "json":
        show_json(answer)
    else:
        status = reads.deprecation(server, deprecation)["status"]
        views.preview(answer, announced=status not in {"draft", "scheduled"}, notices=notices)


@command.command()
@click.argument("deprecation")
@click.option("--on", metavar="DAY", help="The day on which it will be announced; now if left out.")
@click.option("--waiver", help="The waiver that lets it take effect too early.")
@click.option("--wait/--no-wait", default=None, help=WAIT)
@server_option
@format_option
def announce(
    *,
    deprecation: str,
    on: str | None,
    waiver: str | None,
    wait: bool | None,
    server: str | None,
    style: str,
) -> None:
    """Announce a draft: it becomes a promise, and everybody affected is notified."""
    body = bodies.given({"on": on, "waiver": waiver})
    _act(deprecation, "announce", body, wait=wait, server=server, style=style)


@command.command()
@click.argument("deprecation")
@bodies.content_options
@click.option("--waiver", help="The waiver that lets it take effect too early.")
@click.option("--wait/--no-wait", default=None, help=WAIT)
@server_option
@format_option
def amend(
    *, deprecation: str, wait: bool | None, server: str | None, style: str, **values: Any
) -> None:
    """Change what was announced: postpone it, bring it forward, widen or narrow it.

    Those notified before are notified again. --reason says why, and the notice quotes it.
    """
    _act(deprecation, "amend", bodies.content(values), wait=wait, server=server, style=style)


@command.command()
@click.argument("deprecation")
@click.option("--reason", required=True, help="Why; the notice quotes it.")
@click.option("--waiver", help="The waiver that permits coverage to end earlier.")
@click.option("--wait/--no-wait", default=None, help=WAIT)
@server_option
@format_option
def withdraw(
    *,
    deprecation: str,
    reason: str,
    waiver: str | None,
    wait: bool | None,
    server: str | None,
    style: str,
) -> None:
    """Withdraw an announced deprecation; those notified before are notified again."""
    body = bodies.given({"reason": reason, "waiver": waiver})
    _act(deprecation, "withdraw", body, wait=wait, server=server, style=style)


@command.command()
@click.argument("deprecation")
@server_option
def delete(*, deprecation: str, server: str | None) -> None:
    """Delete a draft, of which nobody was notified."""
    revision = reads.deprecation(server, deprecation)["revision"]
    with connect(server) as client:
        client.delete(path(*DEPRECATIONS, deprecation), revision=revision)
    click.echo(f"The draft {deprecation} is deleted.")


@command.command()
@click.argument("deprecation")
@server_option
@format_option
def reach(*, deprecation: str, server: str | None, style: str) -> None:
    """Show who was notified, when and with what outcome; who acknowledged it, and who moved."""
    answer = reads.reach(server, deprecation)
    if style == "json":
        show_json(answer)
    else:
        views.reach(answer)


def _act(
    deprecation: str,
    verb: str,
    body: Mapping[str, Any],
    *,
    wait: bool | None,
    server: str | None,
    style: str,
) -> None:
    """Do something to a deprecation as it was just read; a request repeated on the way is one."""
    from lifecycle.cli.delivery_progress import on_terminal, watch  # noqa: PLC0415 -- help watches nothing

    before = reads.deprecation(server, deprecation)
    address, key = path(*DEPRECATIONS, deprecation, verb), str(uuid.uuid4())
    try:
        with connect(server) as client:
            outcome = client.post(address, body, key=key, revision=before["revision"])
    except Refused as refusal:
        if refusal.document.get("error") == "TooSoon":
            refusal.detail += (
                f" `lifecycle waiver grant --product {before['product']} --deprecation"
                f" {before['id']} …` records one; name it with --waiver."
            )
        raise
    views.show(outcome, style)
    if (on_terminal() if wait is None else wait) and outcome["status"] != "scheduled":
        with reads.delivery_progress(server, deprecation) as ask:
            watch(ask)
