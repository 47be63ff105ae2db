"""What `lifecycle db copy` does, and what it says of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click
import msgspec

from lifecycle import keys
from lifecycle.audit import queries as audit
from lifecycle.cli.backups import shown
from lifecycle.cli.clock import now
from lifecycle.cli.local_store import opened, require_store
from lifecycle.cli.output import show_json, show_table
from lifecycle.cli.progress import progress
from lifecycle.cli.refusals import NO, say
from lifecycle.database import urls
from lifecycle.database.store_copies.store_copy import StoreCopy, copy_store
from notifications.sealing import sealed_samples

if TYPE_CHECKING:
    from lifecycle.audit.queries import ChainCheck


def copy(source: str, target: str, *, style: str) -> int:
    """Copy one store to the other, prove the copy, and say what was copied."""
    say(f"Copying {shown(source)} to {shown(target)}.")
    copied = asyncio.run(_copy_store(source, target))
    chain, has_secrets = asyncio.run(_proven(target))
    if style == "json":
        show_json({**msgspec.to_builtins(copied), "chain": msgspec.to_builtins(chain)})
    else:
        _show(copied, chain)
    if has_secrets:
        _tell_of_key(source, target)
    return 0 if chain.whole else NO


async def _copy_store(source: str, target: str) -> StoreCopy:
    await require_store(source)
    with progress(0) as begin:
        return await copy_store(source, target, now=now(), report=begin)


async def _proven(target: str) -> tuple[ChainCheck, bool]:
    """Verify the log of the copy, and say whether it holds secrets."""
    async with opened(target) as store, store.reading() as session:
        return await audit.verify(session), bool(await sealed_samples(session))


def _show(copied: StoreCopy, chain: ChainCheck) -> None:
    tables = [[table.name, f"{table.rows:,}", table.sha256[:12]] for table in copied.tables]
    show_table(["table", "rows", "sha256"], [row for row in tables if row[1] != "0"])
    if copied.resumed_at:
        click.echo(f"{copied.resumed_at:,} rows were there from an earlier, unfinished copy.")
    rows = sum(table.rows for table in copied.tables)
    click.echo(f"{rows:,} rows in {len(copied.tables)} tables are the same in both stores.")
    if chain.whole:
        click.echo(f"The log is intact: {chain.entries} entries, head {chain.head}.")
    else:
        click.echo(f"The log was altered before it was copied: {chain.fault}.")


def _tell_of_key(source: str, target: str) -> None:
    """Say where the key is that opens what was copied, and where the copy's service looks."""
    source_file, target_file = keys.key_file(source), keys.key_file(target)
    to_file = "" if urls.file_of(urls.parse(target)) is None else f" copy it to {target_file}, or"
    say(
        f"The secret key is not part of the store. If it is in {source_file},{to_file} "
        "give it to every service in LIFECYCLE_SECRET_KEY."
    )
