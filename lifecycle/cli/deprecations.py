"""`lifecycle deprecation`: from the draft to the proof that everybody was told."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from lifecycle.cli import deprecation_bodies as bodies
from lifecycle.cli import deprecation_views as views
from lifecycle.cli import reads, sending_prospects, short_ids
from lifecycle.cli.connections import changing
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.listings import Extent, list_options, show_listing
from lifecycle.cli.options import format_option, server_option
from lifecycle.cli.output import show_json
from lifecycle.cli.quietness import confirm_done, is_quiet
from lifecycle.cli.reads import DEPRECATIONS
from lifecycle.cli.refusals import say
from lifecycle.cli.resource_changes import report_gone
from lifecycle.cli.short_ids import SHOWN
from lifecycle.client import Refused
from lifecycle.client.resource_paths import path
from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


DEPRECATION = click.argument("deprecation", metavar="ID")
WAIT = "Wait until everything due has been tried; by default only on a terminal."


@click.group("deprecation", cls=Group)
def command() -> None:
    """Draft, preview, announce, amend and withdraw deprecations."""


@command.command(example="lifecycle deprecation draft removal.yaml --reason Superseded")
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
    with changing(server) as client:
        deprecation = client.post(path(*DEPRECATIONS), body)
    views.show(deprecation, style)
    _warn_of_refusal(server, deprecation)
    if style == "text":
        confirm_done(
            f"Nobody is notified yet. `lifecycle deprecation preview {deprecation['id'][:SHOWN]}`"
            " shows what announcing it would do."
        )


@command.command(example="lifecycle deprecation edit 3f9a2c --set reason='It is superseded'")
@DEPRECATION
@click.argument("file", required=False, type=bodies.FILE)
@click.option(
    "--effective-on", multiple=True, metavar="DAY|TIER=DAY", help="The first day in force."
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A value, as YAML; null clears. May be repeated.",
)
@server_option
@format_option
def edit(
    *,
    deprecation: str,
    file: Path | None,
    effective_on: tuple[str, ...],
    settings: tuple[str, ...],
    server: str | None,
    style: str,
) -> None:
    """Change a draft: by options, from FILE (YAML or JSON, - for stdin), or in your $EDITOR.

    What neither names stays as it is. What is announced is amended instead.
    """
    from lifecycle.cli import draft_edits  # noqa: PLC0415 -- help edits nothing

    uid = short_ids.deprecation(server, deprecation)
    before = reads.deprecation(server, uid)
    days = bodies.days(effective_on)
    changes, text = draft_edits.changes_of(before, file=file, settings=settings, days=days)
    if not changes:
        confirm_done("Nothing has changed.")
        return

    def change() -> Any:
        with changing(server) as client:
            return client.patch(path(*DEPRECATIONS, uid), changes, revision=before["revision"])

    changed = draft_edits.keeping(text, change)
    views.show(changed, style)
    _warn_of_refusal(server, changed)


@command.command("list", example="lifecycle deprecation list --status announced")
@click.option("--product", help="Of this product only.")
@click.option("--status", type=click.Choice(bodies.STATUSES), help="In this state only.")
@list_options
@server_option
@format_option
def list_(
    *, product: str | None, status: str | None, extent: Extent, server: str | None, style: str
) -> None:
    """Show every deprecation, drafts included."""
    listing = reads.deprecations(server, product=product, status=status, extent=extent)
    show_listing(listing, style, views.COLUMNS, views.rows(listing.items))


@command.command(example="lifecycle deprecation show 3f9a2c")
@DEPRECATION
@server_option
@format_option
def show(*, deprecation: str, server: str | None, style: str) -> None:
    """Show a deprecation with all its revisions."""
    uid = short_ids.deprecation(server, deprecation)
    views.show(reads.deprecation(server, uid), style)


@command.command(example="lifecycle deprecation preview 3f9a2c --notices")
@DEPRECATION
@click.option("--notices", is_flag=True, help="With every notice as it will be sent.")
@server_option
@format_option
def preview(*, deprecation: str, notices: bool, server: str | None, style: str) -> None:
    """Show when it may take effect, whom it affects, and what they will read; nothing is sent."""
    uid = short_ids.deprecation(server, deprecation)
    answer = reads.preview(server, uid)
    if style == "json":
        show_json(answer)
    else:
        status = reads.deprecation(server, uid)["status"]
        views.preview(answer, announced=status not in {"draft", "scheduled"}, notices=notices)
        if answer["total"]:
            _warn(sending_prospects.obstacles(server))


@command.command(example="lifecycle deprecation announce 3f9a2c --on 2027-01-11")
@DEPRECATION
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


@command.command(example="lifecycle deprecation amend 3f9a2c --effective-on 2027-09-30 --reason X")
@DEPRECATION
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


@command.command(example="lifecycle deprecation withdraw 3f9a2c --reason 'It stays after all'")
@DEPRECATION
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


@command.command(example="lifecycle deprecation delete 3f9a2c")
@DEPRECATION
@server_option
@format_option
def delete(*, deprecation: str, server: str | None, style: str) -> None:
    """Delete a draft, of which nobody was notified."""
    uid = short_ids.deprecation(server, deprecation)
    revision = reads.deprecation(server, uid)["revision"]
    with changing(server) as client:
        client.delete(address := path(*DEPRECATIONS, uid), revision=revision)
    report_gone(address, f"The draft {uid} is deleted.", style)


@command.command(example="lifecycle deprecation reach 3f9a2c")
@DEPRECATION
@server_option
@format_option
def reach(*, deprecation: str, server: str | None, style: str) -> None:
    """Show who was notified, when and with what outcome; who acknowledged it, and who moved."""
    answer = reads.reach(server, short_ids.deprecation(server, deprecation))
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

    uid = short_ids.deprecation(server, deprecation)
    before = reads.deprecation(server, uid)
    if body.get("waiver"):
        body = {**body, "waiver": short_ids.waiver(server, body["waiver"])}
    address, key = path(*DEPRECATIONS, uid, verb), str(uuid.uuid4())
    try:
        with changing(server) as client:
            outcome = client.post(address, body, key=key, revision=before["revision"])
    except Refused as refusal:
        if refusal.document.get("error") == "TooSoon":
            refusal.detail += (
                f" `lifecycle waiver grant --product {before['product']} --deprecation"
                f" {before['id']} …` records one; name it with --waiver."
            )
        raise
    views.show(outcome, style)
    if style == "text" and not is_quiet():
        if verb != "withdraw":
            views.say(sending_prospects.describe_audience(reads.preview(server, uid)))
        _warn(sending_prospects.obstacles(server))
    if (on_terminal() if wait is None else wait) and outcome["status"] != "scheduled":
        with reads.delivery_progress(server, uid) as ask:
            watch(ask)


def _warn_of_refusal(server: str | None, draft: Mapping[str, Any]) -> None:
    """Say of a draft with a day of its own that announcing it today would be refused."""
    if draft["effective_on"]:
        with suppress(LifecycleError):  # what cannot be previewed is stored all the same
            refused = reads.preview(server, draft["id"])["refused"]
            _warn([f"Announcing it today would be refused: {refused}"] if refused else [])


def _warn(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        say(f"Warning: {sentence}")
