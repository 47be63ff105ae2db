"""`lifecycle export`: the public reads as files, for any web server."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
import msgspec

from lifecycle import setting_values
from lifecycle.cli.connections import connect_as_anybody
from lifecycle.cli.example_commands import Command
from lifecycle.cli.options import format_option
from lifecycle.cli.output import CONTROLS, show_json
from lifecycle.cli.progress import progress
from lifecycle.cli.quietness import is_quiet
from lifecycle.cli.refusals import say
from lifecycle.errors import BadRequest
from lifecycle.setting_values import without_password

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lifecycle.client import Client
    from lifecycle.static_export.exports import ExportSummary
    from lifecycle.static_export.public_reads import Answer, Ask

ACCEPT = "text/html, */*;q=0.8"
BASE_URL = "LIFECYCLE_BASE_URL"
OF_THIS_PROCESS = {"LIFECYCLE_ANONYMOUS_SECONDS_PER_MINUTE": "0", "LIFECYCLE_WORKER": "false"}
"""The quota of those without a token is for networks, and no worker runs here to be waited for."""
QUOTA_USED = 429
WAIT_SECONDS = 10.0
LONGEST_WAIT = 120.0
MOST_NAMED = 5
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(
    "export",
    cls=Command,
    example="lifecycle export public --base-url https://support.example.com/lifecycle",
)
@click.argument("directory", metavar="DIR", type=FOLDER)
@click.option(
    "--base-url",
    metavar="URL",
    help="Where the files will be published, with the path if there is one "
    "[LIFECYCLE_BASE_URL if left out].",
)
@click.option(
    "--live-url",
    metavar="URL",
    help="Where the service itself can be reached: pages lead there for what only it can "
    "answer. Without it, that is left out.",
)
@click.option(
    "--versions",
    type=click.Choice(["newest", "all"]),
    default="newest",
    show_default=True,
    help="Which versions have files: the newest of each line, or all.",
)
@click.option(
    "--replace",
    is_flag=True,
    help="Write into a folder that holds other files, over those with the same names, or that was "
    "exported for another address.",
)
@click.option(
    "--server",
    envvar="LIFECYCLE_SERVER",
    metavar="URL",
    help="Ask a running service instead of the local store [LIFECYCLE_SERVER]; no token is sent. "
    "Its own LIFECYCLE_BASE_URL says where the files will be published.",
)
@format_option
def command(
    *,
    directory: Path,
    base_url: str | None,
    live_url: str | None,
    versions: str,
    replace: bool,
    server: str | None,
    style: str,
) -> None:
    """Write the public reads into DIR as files, for any web server.

    DIR is the web server's root. A second run writes only what changed, and removes what is gone.
    `lifecycle help export` shows how to serve the files.
    """
    from lifecycle.static_export import exports  # noqa: PLC0415 -- help needs none of it

    environ = _environment(base_url, server)
    with connect_as_anybody(server, environ) as client, progress(0) as begin:
        summary = exports.export(
            file_reader(client, _checked(live_url)),
            directory,
            every_version=versions == "all",
            replace=replace,
            begin=begin,
            base_url=base_url or environ.get(BASE_URL),
        )
    if style == "json":
        show_json(msgspec.to_builtins(summary))
    else:
        _tell(summary)
        if server is None:
            _warn_of_title(environ)


def _warn_of_title(environ: Mapping[str, str]) -> None:
    """Say that what is exported names no vendor: this process may lack the service's settings."""
    from lifecycle import settings  # noqa: PLC0415 -- help needs no setting

    title = settings.load(environ).title
    if title == settings.Settings().title and not is_quiet():
        say(
            f"LIFECYCLE_TITLE is not set, so pages, feeds and documents call the vendor {title!r}."
            " Set it as the service has it, and export again."
        )


def _environment(base_url: str | None, server: str | None) -> Mapping[str, str]:
    """Return the settings of the service in this process, which must know where it is read."""
    if server is not None:
        return {}
    if base_url is not None:
        _check_base(base_url)
    chosen = base_url or os.environ.get(BASE_URL)
    if not chosen:
        raise BadRequest(
            "Feeds, calendars and documents name the address they are published at. Say where that "
            f"is, with --base-url or {BASE_URL}, for example https://support.example.com."
        )
    return {**os.environ, **OF_THIS_PROCESS, BASE_URL: chosen}


def _check_base(base_url: str) -> None:
    """Refuse an address by the option that gives it, as its setting would be refused."""
    try:
        setting_values.READERS["base_url"](base_url)
    except ValueError as error:
        shown, expected = without_password(base_url), setting_values.EXPECTED["base_url"]
        raise BadRequest(f"--base-url {shown!r} is not valid; use {expected}.") from error


def _checked(live_url: str | None) -> str | None:
    """Refuse an address of the live service that pages could not lead to."""
    from lifecycle.static_export.preferences import (  # noqa: PLC0415 -- see above
        read_preference,
        write_preference,
    )

    if live_url is None:
        return None
    copy, parts = read_preference(write_preference(live_url)), urlsplit(live_url)
    is_whole = parts.hostname and parts.username is None  # everybody reads it
    if copy is None or not live_url.isascii() or not is_whole:
        raise BadRequest(
            f"--live-url {live_url!r} is not a valid address; use one such as "
            "https://lifecycle.example.com."
        )
    return live_url


def file_reader(client: Client, live_url: str | None = None) -> Ask:
    """Return what asks a service, as somebody without a token who keeps files."""
    from lifecycle.static_export import preferences, public_reads  # noqa: PLC0415 -- see above

    headers = {
        "Accept": ACCEPT,
        preferences.REQUEST_HEADER: preferences.write_preference(live_url),
    }

    def ask(address: str) -> Answer:
        while True:
            response = client.get_answer(address, headers=headers)
            if response.status_code != QUOTA_USED:
                break
            time.sleep(_seconds_to_wait(response.headers.get("retry-after", "")))
        return public_reads.Answer(
            response.status_code,
            response.headers.get("content-type", ""),
            response.content,
            is_shared=response.headers.get("access-control-allow-origin") == "*",
            policy=response.headers.get("content-security-policy", ""),
            is_static=response.headers.get(preferences.ANSWER_HEADER) == preferences.APPLIED,
        )

    return ask


def _seconds_to_wait(retry_after: str) -> float:
    return min(float(retry_after), LONGEST_WAIT) if retry_after.isdecimal() else WAIT_SECONDS


def _tell(summary: ExportSummary) -> None:
    """Say what was done, and what was not; nothing where the command is quiet."""
    if is_quiet():
        return
    written = f"{summary.files:,} files for {summary.published_at}"
    counts = f"{summary.changed:,} written, {summary.unchanged:,} unchanged"
    line = f"{summary.directory}: {written}; {counts}, {summary.removed:,} removed"
    click.echo(line.translate(CONTROLS))
    for names, meaning in (
        (summary.unfit, "left out, since no file can have this name, or another address has it"),
        (summary.kept, "no longer exported, but kept, since somebody has changed it"),
    ):
        for name in names[:MOST_NAMED]:
            say(f"{name}: {meaning}.")
        if len(names) > MOST_NAMED:
            say(f"{len(names) - MOST_NAMED} more: {meaning}.")
    if summary.absent:
        absent = len(summary.absent)
        counted = "1 document does not" if absent == 1 else f"{absent:,} documents do not"
        say(f"{counted} exist (--format json names {'it' if absent == 1 else 'them'}).")
        if unpublished := sum(address.endswith("/cle.json") for address in summary.absent):
            say(
                f"Lifecycles (cle.json) among them: {unpublished:,}. They exist once `lifecycle "
                "serve` or `lifecycle worker` has run for some seconds."
            )
