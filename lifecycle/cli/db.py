"""`lifecycle db`: migrate, back up, restore, move and measure the store."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lifecycle import settings
from lifecycle.cli.lazy_groups import Group
from lifecycle.cli.lazy_modules import later
from lifecycle.cli.local_commands import on_local_store
from lifecycle.cli.options import format_option
from lifecycle.cli.resource_changes import report

if TYPE_CHECKING:
    from lifecycle.cli import backups, copy_reports, local_store, size_reports
    from lifecycle.database import schema_upgrade
else:
    backups = later("lifecycle.cli.backups")
    copy_reports = later("lifecycle.cli.copy_reports")
    size_reports = later("lifecycle.cli.size_reports")
    local_store = later("lifecycle.cli.local_store")
    schema_upgrade = later("lifecycle.database.schema_upgrade")

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("db", cls=Group)
def command() -> None:
    """Migrate, back up, restore, move and measure the store."""


@command.command(example="lifecycle db upgrade")
@on_local_store
@format_option
def upgrade(*, style: str) -> None:
    """Create the store or migrate it to this version; safe to run concurrently."""
    chosen = settings.load(os.environ)
    url = chosen.database_url
    ran = asyncio.run(schema_upgrade.upgrade_for(chosen)).pending
    count = f"{len(ran)} migration{'s' * (len(ran) != 1)}"
    outcome = f"was upgraded ({count})" if ran else "is already up to date"
    document = {"store": backups.shown(url), "migrations": list(ran)}
    report(document, f"{backups.shown(url)} {outcome}.", style)


@command.command(example="lifecycle db backup lifecycle-2026-11-30.sqlite3")
@on_local_store
@click.argument("path", type=FILE)
@format_option
def backup(path: Path, *, style: str) -> None:
    """Copy the store to PATH while it is in use; nothing is interrupted."""
    url = local_store.store_url()
    size = backups.back_up(url, path)
    document = {"store": backups.shown(url), "path": str(path), "bytes": size}
    sentence = f"{backups.shown(url)} is saved in {path} ({size:,} bytes, checked)."
    report(document, f"{sentence}\nIts secret key is not part of it; keep that as well.", style)


@command.command(example="lifecycle db restore lifecycle-2026-11-30.sqlite3 --replace")
@on_local_store
@click.argument("path", type=FILE)
@click.option("--replace", is_flag=True, help="Replace a store; it is kept under another name.")
@format_option
def restore(path: Path, *, replace: bool, style: str) -> None:
    """Replace this store with the one saved in PATH and migrate it to this version."""
    url = local_store.store_url()
    backups.store_file(url, backups.HOW_TO_RESTORE)
    backups.check(path)
    asyncio.run(schema_upgrade.status(f"sqlite:///{path.absolute()}"))  # refuses a newer version's
    aside = backups.restore(url, path, replace=replace)
    asyncio.run(schema_upgrade.upgrade(url))
    replaced = str(aside) if aside else None
    document = {"store": backups.shown(url), "path": str(path), "kept_in": replaced}
    sentence = f"{backups.shown(url)} now holds what {path} held."
    before = f"\nWhat it held before is in {replaced}." if replaced else ""
    report(document, f"{sentence}{before}", style)


@command.command(
    example="lifecycle db copy sqlite:///lifecycle.sqlite3 postgresql://me@host/lifecycle"
)
@on_local_store
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@format_option
def copy(*, source: str, target: str, style: str) -> int:
    """Copy the store at the address FROM to an empty one at TO, and compare both.

    The kinds may differ: sqlite:///lifecycle.sqlite3 postgresql://me@host/lifecycle. Stop the
    service and its workers first. A copy that was broken off goes on when it is repeated. Exits
    with 1 where the log was altered before it was copied.
    """
    return copy_reports.copy(source, target, style=style)


@command.command(example="lifecycle db stats")
@on_local_store
@format_option
def stats(*, style: str) -> None:
    """Show what fills the store: each table's rows, bytes with its indexes, and oldest row."""
    size_reports.show(style=style)
